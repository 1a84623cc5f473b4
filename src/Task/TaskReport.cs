using System.Text.Json;

namespace Slipway.Wrapper;

/// <summary>An output as it was stored.</summary>
/// <param name="Name">Name that the flow gives it.</param>
/// <param name="Sha256">Hash of its content, as the endpoint found it.</param>
/// <param name="Size">Its size in bytes; of a directory, that of all files in it.</param>
/// <param name="FileName">Last part of its path.</param>
/// <param name="FileCount">How many files a directory has; null for a file.</param>
internal sealed record StoredOutput(string Name, string Sha256, long Size, string FileName, int? FileCount = null);

/// <summary>What became of one attempt of a task: the JSON of the termination message and of the endpoint's report.</summary>
internal sealed record TaskReport
{
    /// <summary>Kubernetes cuts termination messages at this many bytes.</summary>
    public const int TerminationMessageLimit = 4096;

    public required int ExitCode { get; init; }

    public int Signal { get; init; }

    /// <summary>Empty for success; otherwise one word: Error, Signal, OutOfMemory, CommandNotFound, OutputMissing, ….</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public double CpuSeconds { get; init; }

    public long PeakMemoryBytes { get; init; }

    public string PeakMemorySource { get; init; } = "";

    /// <summary>When the container was made, whose image was there then; null if that cannot be told.</summary>
    public DateTimeOffset? Pulled { get; init; }

    /// <summary>Bytes that the command and its children read from storage; what caches had is not among them. Null if the kernel does not count.</summary>
    public long? BytesRead { get; init; }

    /// <summary>Bytes that they made to be written to storage.</summary>
    public long? BytesWritten { get; init; }

    /// <summary>What the network carried while the command ran; null if the kernel does not say.</summary>
    public NetworkBytes? Network { get; init; }

    public IReadOnlyList<StoredOutput> Files { get; init; } = [];

    public IReadOnlyList<StoredOutput> Values { get; init; } = [];

    /// <summary>The whole report.</summary>
    public byte[] ToJson() => Write(null, Message);

    /// <summary>
    /// The report within the limit of a termination message: with its outputs, or with the hash of the whole report in
    /// their place.
    /// </summary>
    /// <param name="storedReport">Hash under which the endpoint stores the whole report; null if it could not.</param>
    public byte[] ToTerminationMessage(string? storedReport)
    {
        var whole = ToJson();
        if (whole.Length <= TerminationMessageLimit)
            return whole;
        return Write(storedReport ?? "", Message.Length > 1000 ? Message[..1000] : Message);
    }

    private byte[] Write(string? storedReport, string message)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteNumber("exitCode", ExitCode);
            if (Signal != 0)
                json.WriteNumber("signal", Signal);
            if (Reason.Length > 0)
                json.WriteString("reason", Reason);
            if (message.Length > 0)
                json.WriteString("message", message);
            json.WriteString("start", Start);
            json.WriteString("end", End);
            json.WriteNumber("cpuSeconds", Math.Round(CpuSeconds, 3));
            json.WriteNumber("peakMemoryBytes", PeakMemoryBytes);
            json.WriteString("peakMemorySource", PeakMemorySource);
            if (Pulled is { } pulled)
                json.WriteString("pulled", pulled);
            if (BytesRead is { } read)
                json.WriteNumber("bytesRead", read);
            if (BytesWritten is { } written)
                json.WriteNumber("bytesWritten", written);
            if (Network is { } network)
            {
                json.WriteNumber("networkReceived", network.Received);
                json.WriteNumber("networkSent", network.Sent);
            }

            if (storedReport is null)
            {
                WriteOutputs(json, "files", Files);
                WriteOutputs(json, "values", Values);
            }
            else
            {
                json.WriteString("report", storedReport);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteOutputs(Utf8JsonWriter json, string name, IReadOnlyList<StoredOutput> outputs)
    {
        if (outputs.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach (var output in outputs)
        {
            json.WriteStartObject(output.Name);
            json.WriteString("sha256", output.Sha256);
            json.WriteNumber("size", output.Size);
            json.WriteString("fileName", output.FileName);
            if (output.FileCount is { } count)
                json.WriteNumber("fileCount", count);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
