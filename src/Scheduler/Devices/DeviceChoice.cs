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
/// <param name="Devices">What of devices it is given that nobody else may have.</param>
/// <param name="IsWaitedFor">Whether drivers have to make its devices ready before the pod is bound.</param>
internal sealed record ChosenDevices(ObjectKey Key, DeviceClaimView View, JsonObject? Allocation, IReadOnlyList<DeviceTake> Devices, bool IsWaitedFor);
