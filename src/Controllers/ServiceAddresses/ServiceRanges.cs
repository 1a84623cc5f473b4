using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Says of ServiceCIDRs that addresses are given of them, and lets those that are deleted go when no service has an address that no
/// other ServiceCIDR holds (<see href="https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/"/>).
/// </summary>
internal sealed class ServiceRanges(Informer<ServiceRangeView> ranges, Informer<ServiceView> services, IApi api, TimeProvider clock) : IReconciler
{
    /// <summary>Holds ServiceCIDRs.</summary>
    public const string Finalizer = "networking.k8s.io/service-cidr-finalizer";

    // A service that is being written may still be given an address, which shows by then.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public static void Register(ControllerHost host)
    {
        var ranges = host.Informer(Kinds.ServiceRanges);
        var services = host.Informer(Kinds.Services);
        host.Add("service-cidrs", new ServiceRanges(ranges, services, host.Api, host.Clock))
            .For(ranges)
            .Watches(ranges, _ => Deleted())
            .Watches(services, _ => Deleted());

        IEnumerable<ObjectKey> Deleted() => ranges.List().Where(range => range.IsBeingDeleted).Select(Kinds.ServiceRanges.KeyOf);
    }

    /// <summary>Whether services have addresses that are in this range and in no other.</summary>
    public static bool IsNeeded(ServiceRangeView range, IReadOnlyCollection<ServiceRangeView> all, IEnumerable<ServiceView> services)
    {
        var others = all.Where(other => other.Metadata.Name != range.Metadata.Name).SelectMany(other => other.Networks).ToList();
        return services.SelectMany(ServiceAddresses.Of).Select(IPAddress.Parse)
            .Any(address => range.Networks.Any(network => network.Contains(address)) && !others.Exists(network => network.Contains(address)));
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (ranges.Get(key) is not { } range)
            return Result.Done;
        if (!range.IsBeingDeleted)
        {
            if (!Finalizers.Has(range, Finalizer))
                await Finalizers.AddAsync(api, Kinds.ServiceRanges, range, Finalizer, cancellation);
            else
                await TellAsync(range, "True", "", "Kubernetes Service CIDR is ready", cancellation);
            return Result.Done;
        }
        if (!Finalizers.Has(range, Finalizer))
            return Result.Done;
        if (IsNeeded(range, ranges.List(), services.List()))
        {
            await TellAsync(range, "False", "Terminating", "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR", cancellation);
            return Result.Done;
        }
        var left = range.Metadata.DeletionTimestamp!.Value + Grace - clock.GetUtcNow().UtcDateTime;
        if (left > TimeSpan.Zero)
            return Result.After(left);
        // Only the API itself says that no service has an address of it: the caches may be behind.
        if (IsNeeded(range, (await api.ListAsync(Kinds.ServiceRanges, cancellation: cancellation)).Items, (await api.ListAsync(Kinds.Services, cancellation: cancellation)).Items))
            return Result.After(Grace);
        await Finalizers.RemoveAsync(api, Kinds.ServiceRanges, range, Finalizer, cancellation);
        return Result.Done;
    }

    private async Task TellAsync(ServiceRangeView range, string status, string reason, string message, CancellationToken cancellation)
    {
        if (range.Ready is { } now && now.Status == status && (now.Reason ?? "") == reason)
            return;
        var condition = new JsonObject
        {
            ["type"] = "Ready",
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["lastTransitionTime"] = Meta.FormatTime(clock.GetUtcNow()),
        };
        await api.PatchStatusAsync(Kinds.ServiceRanges, null, range.Metadata.Name, new JsonObject { ["conditions"] = new JsonArray(condition) }, cancellation);
    }
}
