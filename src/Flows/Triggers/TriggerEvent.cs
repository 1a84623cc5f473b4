using Slipway.Api.Cel;

namespace Slipway.Flows;

/// <summary>Something that a trigger waits for has happened.</summary>
/// <param name="Id">What identifies it: the same for the same, whoever sees it and how often.</param>
/// <param name="Text">What it is, in one line, for the record of the run.</param>
/// <param name="Value">What expressions read as <c>event</c>.</param>
internal sealed record TriggerEvent(string Id, string Text, CelMap Value);
