using System.CommandLine;
using System.Text;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Cli;
using Slipway.Cli.Commands;
using Slipway.Testing;

namespace Cli.Tests.Commands;

/// <summary>The commands on the API, run in this process against a real API server in memory.</summary>
public abstract class CommandFixture : IAsyncLifetime
{
    /// <summary>What a command left.</summary>
    /// <param name="ExitCode">Its exit code.</param>
    /// <param name="Out">What it printed.</param>
    /// <param name="Error">What it said on the standard error.</param>
    public sealed record Outcome(int ExitCode, string Out, string Error);

    protected TestCluster Cluster { get; private set; } = null!;

    private string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("slipway-cli-").FullName;

    public virtual async ValueTask InitializeAsync() => Cluster = await TestCluster.StartAsync(Options);

    /// <summary>Variables of the environment, for commands that ask for them.</summary>
    protected Dictionary<string, string> Variables { get; } = [];

    /// <summary>Whether commands believe that they write to a terminal.</summary>
    protected bool IsTerminal { get; set; }

    /// <summary>What stands between commands and the API.</summary>
    protected Func<IApi, IApi> Around { get; set; } = api => api;

    /// <summary>How the API server is set up.</summary>
    protected virtual ApiServerOptions? Options => null;

    public virtual async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a command line, whose words are separated by spaces.</summary>
    protected Task<Outcome> RunAsync(string commandLine, string input = "", CancellationToken? cancellation = null) =>
        RunAsync(commandLine.Split(' '), input, cancellation ?? TestContext.Current.CancellationToken);

    /// <summary>Writes a file for a command to read; its path.</summary>
    protected string File(string name, string text)
    {
        var path = Path.Combine(Directory, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    /// <summary>The directory of such files.</summary>
    protected string Files => Directory;

    /// <summary>Runs a command line by its words.</summary>
    protected Task<Outcome> RunAsync(string[] arguments) => RunAsync(arguments, "", TestContext.Current.CancellationToken);

    private async Task<Outcome> RunAsync(string[] arguments, string input, CancellationToken cancellation)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var context = new CliContext
        {
            In = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(errors),
            IsTerminal = IsTerminal,
            Clock = Cluster.Clock,
            // A context is a user here.
            Connect = selection => new ApiConnection(Around(selection.Context is { } user ? Cluster.As(user) : Cluster.Admin), "default"),
        };
        var root = new RootCommand
        {
            ApplyCommand.Create(context),
            GetCommand.Create(context),
            WhyCommand.Create(context),
            LintCommand.Create(context),
            RenderCommand.Create(context),
            DiffCommand.Create(context),
            TestCommand.Create(context),
            DeleteCommand.Create(context, (name, _) => Task.FromResult(name == "gone" ? 0 : 1)),
            RunCommand.Create(context),
            RerunCommand.Create(context),
            BackfillCommand.Create(context),
            RunsCommand.Create(context),
            LogsCommand.Create(context),
            ArtifactsCommand.Create(context, name => Variables.GetValueOrDefault(name)),
            CacheCommand.Create(context),
            QueryCommand.Create(context),
            LineageCommand.Create(context),
            SteeringCommands.Approve(context),
            SteeringCommands.Suspend(context),
            SteeringCommands.Resume(context),
            SteeringCommands.Stop(context),
            CompletionCommand.Create(context),
            CompletionCommand.Answer(context),
        };
        var exitCode = await CommandLineProgram.RunAsync(root, arguments, context, cancellation);
        return new(exitCode, output.ToString(), errors.ToString());
    }
}
