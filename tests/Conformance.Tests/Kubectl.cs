namespace Slipway.Conformance;

/// <summary>kubectl, as <c>tools/fetch-clients.sh</c> has put it into <c>artifacts/clients</c>.</summary>
internal static class Kubectl
{
    /// <summary>Path of the program.</summary>
    public static string Program { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var program = Path.Combine(directory.FullName, "clients", "kubectl");
            if (directory.Name == "artifacts" && File.Exists(program)) return program;
        }
        throw new InvalidOperationException("kubectl is not in artifacts/clients: run tools/fetch-clients.sh, or the tests through ./test");
    }
}
