namespace Slipway.Flows;

/// <summary>Something that has happened and is to be dealt with.</summary>
/// <param name="Happened">What it is.</param>
/// <param name="DealtWith">To be called when its run is stored, or is known not to be due: it is not shown again.</param>
internal sealed record TriggerItem(TriggerEvent Happened, Action DealtWith);
