using Slipway.Api;
using Slipway.Api.Devices;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>One way to give a request what it asks for, together with what its class asks.</summary>
internal sealed record DeviceWay
{
    /// <summary>The request, and where it has alternatives the one of them after a slash: so it stands in the claim's status.</summary>
    public required string Name { get; init; }
    public required DeviceClassView Class { get; init; }

    /// <summary>Whether all devices that suit are asked for; otherwise <see cref="Count"/> of them.</summary>
    public required bool IsAll { get; init; }
    public required int Count { get; init; }

    /// <summary>Whether devices are asked for to look after them, whoever has them.</summary>
    public required bool AdminAccess { get; init; }
    public required IReadOnlyList<Toleration> Tolerations { get; init; }

    /// <summary>What the device must have at least, as quantities.</summary>
    public required IReadOnlyDictionary<string, string> Capacity { get; init; }
    public required IReadOnlyList<DeviceSelector> Selectors { get; init; }

    /// <summary>Whether it is named: itself, or the request of which it is an alternative.</summary>
    public bool IsNamedIn(List<string> requests) => requests.Contains(Name) || requests.Contains(Name.Split('/')[0]);

    /// <summary>Whether a device is one of those that are asked for, whoever has it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="error">Why that cannot be said; null when it can.</param>
    public bool Suits(DeviceInfo device, out string? error)
    {
        error = null;
        if (device.Repels(Tolerations) || DeviceConsumption.Of(device, Capacity) is null)
            return false;
        foreach (var selector in Selectors)
            if (!selector.Selects(device.Facts, out error))
                return false;
        return true;
    }
}

/// <summary>What a claim asks for under one name.</summary>
/// <param name="Ways">Alternatives, the best one first; one where there is no choice.</param>
internal sealed record DeviceRequest(IReadOnlyList<DeviceWay> Ways);

/// <summary>A claim to which devices are to be allocated.</summary>
/// <param name="Key">The claim.</param>
/// <param name="View">The claim as it is.</param>
/// <param name="Requests">What it asks for.</param>
internal sealed record OpenDeviceClaim(ObjectKey Key, DeviceClaimView View, IReadOnlyList<DeviceRequest> Requests)
{
    /// <summary>What of the devices must be equal, or must not.</summary>
    public IReadOnlyList<DeviceConstraintView> Constraints => View.Spec.Devices?.Constraints ?? [];

    /// <summary>Reads what a claim asks for.</summary>
    /// <param name="key">The claim.</param>
    /// <param name="claim">The claim as it is.</param>
    /// <param name="findClass">The classes by name.</param>
    /// <param name="compile">Selectors by their expressions; null for what is none.</param>
    /// <param name="fault">Why devices cannot be allocated to it anywhere; null when they can.</param>
    public static OpenDeviceClaim Of(ObjectKey key, DeviceClaimView claim, Func<string, DeviceClassView?> findClass, Func<string, DeviceSelector?> compile, out string? fault)
    {
        string? problem = null;
        var requests = new List<DeviceRequest>();
        foreach (var request in claim.Spec.Devices?.Requests ?? [])
            requests.Add(new(request.Exactly is { } exactly
                ? WayOf(exactly, request.Name) is { } way ? [way] : []
                : [.. (request.FirstAvailable ?? []).Select(one => WayOf(one, $"{request.Name}/{one.Name}")).OfType<DeviceWay>()]));
        fault = problem;
        return new(key, claim, requests);

        DeviceWay? WayOf(DeviceRequestView asked, string name)
        {
            if (findClass(asked.DeviceClassName ?? "") is not { } deviceClass)
            {
                problem ??= $"request {name}: device class {asked.DeviceClassName} does not exist";
                return null;
            }
            var selectors = new List<DeviceSelector>();
            foreach (var selector in (deviceClass.Spec.Selectors ?? []).Concat(asked.Selectors ?? []))
                if (compile(selector.Cel?.Expression ?? "") is { } compiled)
                    selectors.Add(compiled);
                else
                    problem ??= $"claim {key}, request {name}: a selector is no CEL expression: {selector.Cel?.Expression}";
            return new()
            {
                Name = name,
                Class = deviceClass,
                IsAll = asked.AllocationMode == "All",
                Count = (int)Math.Clamp(asked.Count ?? 1, 1, int.MaxValue),
                AdminAccess = asked.AdminAccess == true,
                Tolerations = asked.Tolerations ?? [],
                Capacity = asked.Capacity?.Requests ?? [],
                Selectors = selectors,
            };
        }
    }
}
