using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why;

/// <summary>A report about an object.</summary>
/// <param name="Reason">One word.</param>
/// <param name="Message">A sentence.</param>
/// <param name="IsWarning">Whether it wants attention.</param>
/// <param name="Field">The part of the object that it is about, such as <c>spec.containers{web}</c>; empty for the whole.</param>
/// <param name="Count">How often it was reported.</param>
/// <param name="Last">When it was last reported.</param>
internal sealed record Event(string Reason, string Message, bool IsWarning, string Field, long Count, DateTimeOffset Last)
{
    // Put before the message of an event that stands for many that are alike.
    private const string Combined = "(combined from similar events): ";

    /// <summary>Reads an event of <c>v1</c>, also one that was written by <c>events.k8s.io</c>.</summary>
    public static Event Of(JsonObject document) => new(
        document.Text("reason") ?? "",
        Words.Flat(document.Text("message") is { } text && text.StartsWith(Combined, StringComparison.Ordinal) ? text[Combined.Length..] : document.Text("message")),
        document.Text("type") == "Warning",
        document.At("involvedObject.fieldPath").AsText() ?? "",
        document.At("series.count").AsInteger() ?? document.Integer("count") ?? 1,
        Meta.ParseTime(document.At("series.lastObservedTime").AsText()) ?? Meta.ParseTime(document.Text("lastTimestamp"))
            ?? Meta.ParseTime(document.Text("eventTime")) ?? document.CreationTimestamp ?? DateTimeOffset.MinValue);

    /// <summary>Whether it is about a container.</summary>
    public bool IsAbout(string container) => Field.Length == 0 || Field.Contains($"{{{container}}}", StringComparison.Ordinal);

    /// <summary>As evidence: <c>Failed (4 times, last 2m ago): …</c>.</summary>
    public string Text(DateTimeOffset now) =>
        $"event {Reason}{(Count > 1 ? string.Create(CultureInfo.InvariantCulture, $", {Count} times") : "")}, {Words.Ago(now - Last)}: {Words.OneLine(Message)}";
}
