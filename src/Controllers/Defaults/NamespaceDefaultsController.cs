using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Gives each namespace what pods in it count on: the service account <c>default</c> and the cluster's root certificate.</summary>
internal sealed class NamespaceDefaultsController(Informer<NamespaceView> namespaces, Informer<V1ServiceAccount> accounts, Informer<V1ConfigMap>? certificates, string? rootCertificate, IApi api) : IReconciler
{
    private const string Account = "default";
    private const string CertificateMap = "kube-root-ca.crt";

    public static void Register(ControllerHost host, string? rootCertificate)
    {
        var namespaces = host.Informer(Kinds.Namespaces);
        var accounts = host.Informer(Kinds.ServiceAccounts, new() { FieldSelector = $"metadata.name={Account}" });
        var certificates = rootCertificate is null ? null : host.Informer(Kinds.ConfigMaps, new() { FieldSelector = $"metadata.name={CertificateMap}" });
        var controller = host.Add("namespace-defaults", new NamespaceDefaultsController(namespaces, accounts, certificates, rootCertificate, host.Api), workers: 2)
            .For(namespaces)
            .Watches(accounts, change => [ObjectKey.ClusterScoped(change.Key.Namespace)]);
        if (certificates is not null)
            controller.Watches(certificates, change => [ObjectKey.ClusterScoped(change.Key.Namespace)]);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (namespaces.Get(key) is not { Metadata.DeletionTimestamp: null })
            return Result.Done;
        try
        {
            if (accounts.Get(new(key.Name, Account)) is null)
                await api.CreateIfAbsentAsync(Kinds.ServiceAccounts, new V1ServiceAccount { Metadata = new() { Name = Account, NamespaceProperty = key.Name } }, cancellation);
            if (certificates is not null)
                await KeepCertificateAsync(key.Name, certificates.Get(new(key.Name, CertificateMap)), cancellation);
        }
        catch (ApiException e) when (e.Code == 404 || e is { Code: 403, Causes: [{ Reason: "NamespaceTerminating" }, ..] })
        {
            // The namespace went away meanwhile.
        }
        return Result.Done;
    }

    private async Task KeepCertificateAsync(string ns, V1ConfigMap? map, CancellationToken cancellation)
    {
        if (map is null)
        {
            var wanted = new V1ConfigMap
            {
                Metadata = new() { Name = CertificateMap, NamespaceProperty = ns },
                Data = new Dictionary<string, string> { ["ca.crt"] = rootCertificate! },
            };
            await api.CreateIfAbsentAsync(Kinds.ConfigMaps, wanted, cancellation);
        }
        else if (map.Data is not { } data || !data.TryGetValue("ca.crt", out var current) || current != rootCertificate)
        {
            var patch = new System.Text.Json.Nodes.JsonObject { ["data"] = new System.Text.Json.Nodes.JsonObject { ["ca.crt"] = rootCertificate } };
            await api.PatchAsync(Kinds.ConfigMaps, ns, CertificateMap, patch, cancellation: cancellation);
        }
    }
}
