namespace Slipway.Node.Devices;

/// <summary>A claim whose devices have been made ready for a pod, as it is kept beside the pod's volumes until they are given back.</summary>
internal sealed class PreparedClaim
{
    /// <summary>The pod's name for it.</summary>
    public string Asked { get; set; } = "";
    public string Namespace { get; set; } = "";
    public string Name { get; set; } = "";
    public string Uid { get; set; } = "";

    /// <summary>Who was asked to make its devices ready, and is to be asked to undo it.</summary>
    public List<string> Drivers { get; set; } = [];
    public List<PreparedDevice> Devices { get; set; } = [];

    /// <summary>What the runtime is to add to a container that uses the claim.</summary>
    /// <param name="request">The request that it uses; null for all.</param>
    public IEnumerable<string> CdiDevices(string? request) => Devices
        .Where(device => request is null || device.Requests.Count == 0 || device.Requests.Exists(name => name == request || name.StartsWith($"{request}/", StringComparison.Ordinal)))
        .SelectMany(device => device.CdiDevices);
}

/// <summary>A device that has been made ready.</summary>
internal sealed class PreparedDevice
{
    /// <summary>The requests that it is for; none for all.</summary>
    public List<string> Requests { get; set; } = [];

    /// <summary>Its names in the Container Device Interface (<see href="https://github.com/cncf-tags/container-device-interface"/>).</summary>
    public List<string> CdiDevices { get; set; } = [];
}
