using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Writes the phases of persistent volumes.</summary>
internal sealed class VolumeStatus(IApi api, Written<VolumeView> written, TimeProvider clock)
{
    /// <summary>Writes a phase, unless the volume is in it.</summary>
    /// <param name="volume">The volume, as it was read or written last.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="message">What went wrong; null when nothing did.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether it was in another.</returns>
    public async Task<bool> BeAsync(VolumeView volume, string phase, string? message, CancellationToken cancellation)
    {
        if (volume.Phase == phase)
            return false;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = volume.Metadata.Uid },
            ["status"] = new JsonObject
            {
                ["phase"] = phase,
                ["reason"] = null,
                ["message"] = message,
                ["lastPhaseTransitionTime"] = Meta.FormatTime(clock.GetUtcNow()),
            },
        };
        written.Add(Kinds.Volumes.KeyOf(volume), await api.PatchAsync(Kinds.Volumes, null, volume.Name, patch, subresource: "status", cancellation: cancellation));
        return true;
    }
}
