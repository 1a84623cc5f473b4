namespace Slipway.Client;

/// <summary>The object that events are about.</summary>
internal sealed record EventSubject(string ApiVersion, string Kind, string? Namespace, string Name, string Uid);

/// <summary>What is reported of an object.</summary>
/// <param name="About">The object.</param>
/// <param name="FieldPath">Part of the object; all of it when null.</param>
/// <param name="Type"><c>Normal</c> or <c>Warning</c>.</param>
/// <param name="Reason">One word in upper camel case.</param>
/// <param name="Message">A sentence; empty in a report that stands for all that are like it.</param>
internal sealed record EventReport(EventSubject About, string? FieldPath, string Type, string Reason, string Message)
{
    /// <summary>What all reports have in common that differ in nothing but what they say, of whichever part of the object, as in client-go's <c>EventAggregatorByReasonFunc</c>.</summary>
    public EventReport Alike => this with { FieldPath = null, Message = "" };
}
