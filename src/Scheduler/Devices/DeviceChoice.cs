using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>What a pod uses of devices on its node: what is to be written before it is bound.</summary>
/// <param name="Claims">All of its claims.</param>
internal sealed record DeviceChoice(IReadOnlyList<ChosenDevices> Claims);

/// <summary>A claim that a pod uses.</summary>
/// <param name="Key">The claim.</param>
/// <param name="View">The claim as it was when this was chosen.</param>
/// <param name="Allocation">What is allocated to it; null when that was done before.</param>
/// <param name="Devices">Those of the devices that nobody else may have.</param>
internal sealed record ChosenDevices(ObjectKey Key, DeviceClaimView View, JsonObject? Allocation, IReadOnlyList<DeviceId> Devices);
