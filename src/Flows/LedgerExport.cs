using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Flows;

/// <summary>
/// The records of a namespace, or of all, as lines of JSON, newest runs first: <c>{"run":{…}}</c> for a run, followed by
/// <c>{"runUid":"…","attempt":{…}}</c> for each of its attempts. They are read in pages while they are sent, so that no number of them is held.
/// </summary>
internal static class LedgerExport
{
    private const int Page = 200;

    /// <summary>Opens an export. Whoever reads it disposes it; then nothing more is read from the ledger.</summary>
    public static Stream Open(LedgerReader ledger, string? ns, RunFilter filter)
    {
        var pipe = new Pipe();
        _ = WriteAsync(ledger, ns, filter, pipe.Writer);
        return pipe.Reader.AsStream();
    }

    private static async Task WriteAsync(LedgerReader ledger, string? ns, RunFilter filter, PipeWriter output)
    {
        await Task.Yield(); // what follows reads a file
        try
        {
            IReadOnlyList<RunRecord> page;
            do
            {
                page = ledger.Runs(ns, filter with { Limit = Page });
                foreach (var run in page)
                {
                    Line(output, new JsonObject { ["run"] = AttemptJson.Run(run) });
                    foreach (var attempt in ledger.Attempts(run.Uid))
                        Line(output, new JsonObject { ["runUid"] = run.Uid, ["attempt"] = AttemptJson.Attempt(attempt) });
                    if ((await output.FlushAsync()).IsCompleted)
                        return;
                }

                filter = filter with { After = page.Count > 0 ? page[^1] : null };
            }
            while (page.Count == Page);
            await output.CompleteAsync();
        }
        catch (Exception e)
        {
            // The boundary of this loop: the reader is told, and sees the stream end with it.
            await output.CompleteAsync(e);
        }
    }

    private static void Line(PipeWriter output, JsonObject document)
    {
        using (var writer = new Utf8JsonWriter(output))
            document.WriteTo(writer);
        output.GetSpan(1)[0] = (byte)'\n';
        output.Advance(1);
    }
}
