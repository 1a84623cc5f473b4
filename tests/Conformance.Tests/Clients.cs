namespace Slipway.Conformance;

/// <summary>The clients that <c>tools/fetch-clients.sh</c> has put into <c>artifacts/clients</c>.</summary>
internal static class Clients
{
    /// <summary>Path of kubectl.</summary>
    public static string Kubectl { get; } = Find("kubectl");

    /// <summary>Path of Helm.</summary>
    public static string Helm { get; } = Find("helm");

    private static string Find(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var program = Path.Combine(directory.FullName, "clients", name);
            if (directory.Name == "artifacts" && File.Exists(program)) return program;
        }
        throw new InvalidOperationException($"{name} is not in artifacts/clients: run tools/fetch-clients.sh, or the tests through ./test");
    }
}

/// <summary>Short ways to run kubectl as the administrator.</summary>
internal static class KubectlRuns
{
    /// <summary>Runs kubectl, however it ends.</summary>
    public static Task<ProgramResult> KubectlResultAsync(this ApiServerFixture api, string arguments, string input = "") => api.RunAsync(Clients.Kubectl, arguments, input);

    /// <summary>The output of a kubectl that must end well.</summary>
    public static async Task<string> KubectlAsync(this ApiServerFixture api, string arguments, string input = "") => (await api.KubectlResultAsync(arguments, input)).Succeeded();

    /// <summary>The errors of a kubectl that must not.</summary>
    public static async Task<string> KubectlFailsAsync(this ApiServerFixture api, string arguments, string input = "") => (await api.KubectlResultAsync(arguments, input)).Failed();

    /// <summary>Writes a file below the test's directory and gives its path.</summary>
    public static string Write(this ApiServerFixture api, string path, string content)
    {
        var full = Path.Combine(api.Directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return full;
    }
}
