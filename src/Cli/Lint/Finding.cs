using System.Text.Json.Nodes;
using Slipway.Cli.Manifests;

namespace Slipway.Cli.Lint;

/// <summary>Something that is wrong in a file, or probably not what was meant.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Position">Where in it; null if that is not known.</param>
/// <param name="Field">Path of the field; empty for the whole document.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="IsError">Whether a server would refuse the document, or the run fail.</param>
internal sealed record Finding(string File, Position? Position, string Field, string Message, bool IsError)
{
    private string Severity => IsError ? "error" : "warning";

    /// <summary>One line that editors and continuous integration understand: <c>FILE:LINE:COLUMN: error: FIELD: MESSAGE</c>.</summary>
    public override string ToString() =>
        $"{File}{(Position is { } at ? $":{at.Line}:{at.Column}" : "")}: {Severity}: {(Field.Length > 0 ? $"{Field}: " : "")}{Message.ReplaceLineEndings(" ")}";

    /// <summary>The same as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["file"] = File,
        ["line"] = Position?.Line,
        ["column"] = Position?.Column,
        ["field"] = Field,
        ["severity"] = Severity,
        ["message"] = Message,
    };
}
