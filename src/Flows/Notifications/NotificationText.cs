using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What is told of a run.</summary>
/// <param name="Id">The same for each try of the same notification, so that who gets it twice can tell.</param>
/// <param name="Event">Failure, Recovery or Late.</param>
/// <param name="Run">The run.</param>
public sealed record NotificationText(string Id, string Event, FlowRun Run)
{
    private string Flow => Run.Spec.Flow;

    /// <summary>What has happened, in a few words.</summary>
    public string Subject => Event switch
    {
        NotificationEvent.Failure => $"{Flow} has failed",
        NotificationEvent.Recovery => $"{Flow} has recovered",
        _ => $"{Flow} is late",
    };

    /// <summary>What has happened, and how to find out more.</summary>
    public string Body => Event switch
    {
        NotificationEvent.Failure => $"Run {Run.Metadata.Name} of flow {Flow} in namespace {Run.Metadata.NamespaceProperty} has failed: {Run.Status?.Message ?? "no reason is known"}.",
        NotificationEvent.Recovery => $"Run {Run.Metadata.Name} of flow {Flow} in namespace {Run.Metadata.NamespaceProperty} has succeeded; the one before it had failed.",
        _ => $"Run {Run.Metadata.Name} of flow {Flow} in namespace {Run.Metadata.NamespaceProperty} takes longer than its deadline of {Run.Status?.Flow?.Deadline}{(Run.Status?.Progress is { } done ? $": {done} tasks have ended" : "")}.",
    } + $"\nslipway runs show {Run.Metadata.Name} -n {Run.Metadata.NamespaceProperty}";

    /// <summary>The document for a webhook.</summary>
    public JsonObject Document() => new()
    {
        ["id"] = Id,
        ["event"] = Event,
        ["flow"] = Flow,
        ["namespace"] = Run.Metadata.NamespaceProperty,
        ["run"] = Run.Metadata.Name,
        ["phase"] = Run.Status?.Phase,
        ["message"] = Run.Status?.Message,
        ["startTime"] = Time(Run.Status?.StartTime),
        ["completionTime"] = Time(Run.Status?.CompletionTime),
        ["text"] = $"{Subject}. {Body}",
    };

    /// <summary>
    /// The document for an incoming webhook of Slack, in which three characters are markup
    /// (<see href="https://docs.slack.dev/messaging/formatting-message-text/"/>).
    /// </summary>
    public JsonObject SlackDocument() => new() { ["text"] = $"*{Escaped(Subject)}*\n{Escaped(Body)}" };

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string? Time(DateTime? time) => time?.ToUniversalTime().ToString(PreciseTimeConverter.Format, CultureInfo.InvariantCulture);
}
