namespace Slipway.Controllers;

/// <summary>The claim that a pod declares within its own volumes (<see href="https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes"/>).</summary>
internal static class EphemeralClaim
{
    /// <summary>The claim's name.</summary>
    public static string NameOf(string pod, string volume) => $"{pod}-{volume}";
}

internal sealed class EphemeralVolumeView;
