namespace Flights;

/// <summary>Where a task reads and writes: /in and /out in its container, other directories when it is tried by hand.</summary>
internal sealed record Places(string In, string Out, string Data, string Spill)
{
    public static Places From(Options options) => new(
        options.Text("in", "/in"),
        options.Text("out", "/out"),
        options.Text("data", "/data"),
        Path.Combine(Path.GetTempPath(), $"flights-{Environment.ProcessId}"));

    /// <summary>The rows of an input, for FROM: of a Parquet file, or of all those in a directory.</summary>
    public string Input(string name)
    {
        var path = Path.Combine(In, name);
        if (Directory.Exists(path))
            return $"read_parquet({Database.Quote(Path.Combine(path, "*"))})";
        return File.Exists(path) ? $"read_parquet({Database.Quote(path)})" : throw new FlightsException($"The input {path} does not exist.");
    }

    /// <summary>An output as an SQL literal.</summary>
    public string Output(string file) => Database.Quote(Path.Combine(Out, file));

    /// <summary>A file of the data set as an SQL literal.</summary>
    public string Source(string file)
    {
        var path = Path.Combine(Data, file);
        return File.Exists(path) ? Database.Quote(path) : throw new FlightsException($"The data set has no file {path}.");
    }

    /// <summary>
    /// A database that takes at most <paramref name="share"/> of the container's memory and at most
    /// <paramref name="most"/> megabytes: DuckDB itself, its buffers and this program need the rest.
    /// </summary>
    public Database Open(double share = 0.5, long most = 1024)
    {
        // What the runtime takes as its own bound: three quarters of the container's limit.
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        return new Database(Math.Clamp((long)(available * share), 48, most), Spill);
    }
}
