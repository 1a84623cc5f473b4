namespace Slipway.Testing;

/// <summary>Places in the repository that tests and benchmarks work with.</summary>
public static class Repository
{
    /// <summary>The directory of Slipway.slnx.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The native program as <c>./slipway</c> builds it.</summary>
    public static string Slipway { get; } = Environment.GetEnvironmentVariable("SLIPWAY_PROGRAM") is { Length: > 0 } given
        ? given
        : File("artifacts", "slipway", "slipway");

    /// <summary>A file in the repository.</summary>
    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A file that the <c>test</c> script prepares; a clear failure if it is not there.</summary>
    public static string Require(string path) => System.IO.File.Exists(path) || Directory.Exists(path)
        ? path
        : throw new FileNotFoundException($"{path} does not exist: run ./test, which prepares it.");

    private static string Find(string directory) =>
        System.IO.File.Exists(Path.Combine(directory, "Slipway.slnx"))
            ? directory
            : Find(Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Slipway.slnx was not found above the program."));
}
