using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Slipway.Testing;

/// <summary>
/// The published program as a user runs it, with a home directory and a kubeconfig of its own, for one cluster of a name that
/// nobody else uses.
/// </summary>
public sealed class SlipwayCli : IAsyncDisposable
{
    /// <param name="purpose">Starts the cluster's name: lower-case letters and dashes.</param>
    public SlipwayCli(string purpose)
    {
        Name = $"{purpose}-{Guid.NewGuid().ToString("n")[..6]}";
        Home = Directory.CreateTempSubdirectory("slipway-").FullName;
    }

    /// <summary>Name of the cluster.</summary>
    public string Name { get; }

    /// <summary>Home directory of the commands.</summary>
    public string Home { get; }

    /// <summary>The kubeconfig that <c>up</c> writes.</summary>
    public string Kubeconfig => Path.Combine(Home, "kubeconfig");

    /// <summary>Runs a command on the cluster: with <c>--name</c>, if it is not given.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(TimeSpan.FromMinutes(3), null, null, arguments);

    /// <summary>Runs a command on the cluster that reads <paramref name="input"/> on stdin.</summary>
    public Task<CommandResult> RunWithInputAsync(string input, params string[] arguments) => RunAsync(TimeSpan.FromMinutes(3), input, null, arguments);

    /// <summary>Runs a command with a limit of its own, and tells its process id once it runs.</summary>
    public Task<CommandResult> RunAsync(TimeSpan limit, string? input, Action<int>? started, params string[] arguments)
    {
        var start = StartInfo(Repository.Require(Repository.Slipway));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        if (arguments is not (["version", ..] or ["image", "export", ..]) && !arguments.Contains("--name"))
        {
            start.ArgumentList.Add("--name");
            start.ArgumentList.Add(Name);
        }
        return CommandResult.RunAsync(start, limit, input, started);
    }

    /// <summary>Runs the unmodified kubectl.</summary>
    public Task<CommandResult> KubectlAsync(params string[] arguments) => ClientAsync("kubectl", arguments);

    /// <summary>Runs the unmodified Helm.</summary>
    public Task<CommandResult> HelmAsync(params string[] arguments) => ClientAsync("helm", arguments);

    /// <summary>Runs a command with <c>-o json</c> and reads what it prints.</summary>
    public async Task<JsonNode> JsonAsync(params string[] arguments) =>
        JsonNode.Parse((await RunAsync([.. arguments, "-o", "json"])).Expect().Out)!;

    /// <summary>The process id of the cluster's server; null if it does not run.</summary>
    public int? ServerPid => Process.GetProcessesByName("slipway").Select(process => process.Id)
        .Where(id => Arguments(id) is [_, "server", ..] words && words.Contains(Name))
        .Cast<int?>().FirstOrDefault();

    /// <summary>Kills the server as <c>kill -9</c> does.</summary>
    public void KillServer()
    {
        using var server = Process.GetProcessById(ServerPid ?? throw new InvalidOperationException($"The server of {Name} does not run."));
        server.Kill();
        server.WaitForExit();
    }

    /// <summary>Removes the cluster, if there is one, and the home directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Repository.Slipway))
            (await RunAsync("delete")).Expect();
        Directory.Delete(Home, recursive: true);
    }

    private Task<CommandResult> ClientAsync(string program, string[] arguments)
    {
        var start = StartInfo(Repository.Require(Repository.File("artifacts", "clients", program)));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return CommandResult.RunAsync(start, TimeSpan.FromMinutes(2));
    }

    private ProcessStartInfo StartInfo(string program)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = Home };
        start.Environment["HOME"] = Home;
        start.Environment["KUBECONFIG"] = Kubeconfig;
        start.Environment.Remove("SUDO_USER");
        return start;
    }

    private static string[] Arguments(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").TrimEnd('\0').Split('\0');
        }
        catch (IOException)
        {
            return [];   // it has ended
        }
    }
}
