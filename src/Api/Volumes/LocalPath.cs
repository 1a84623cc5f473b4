namespace Slipway.Api.Volumes;

/// <summary>Storage in directories of the nodes, which every cluster has.</summary>
public static class LocalPath
{
    /// <summary>Name of the storage class, which is the default.</summary>
    public const string Class = "local-path";

    /// <summary>Name of what provides the volumes.</summary>
    public const string Provisioner = "slipway.dev/local-path";
}
