using System.Globalization;
using k8s;
using k8s.Models;
using Slipway.Client;

namespace Slipway.Node.Pods;

/// <summary>
/// The environment variables by which containers find services
/// (<see href="https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables"/>): those of the pod's
/// namespace if it wants them, and the API server always.
/// </summary>
internal sealed class ServiceLinks(Informer<LinkedService> services)
{
    private readonly InformerIndex<LinkedService> _byNamespace = services.AddIndex(service => [service.Metadata.NamespaceProperty]);

    /// <summary>The variables of a pod's containers; waits until services are known.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, string>>> ForAsync(V1Pod pod, CancellationToken cancellation)
    {
        await services.Synced.WaitAsync(cancellation);
        var own = pod.Spec.EnableServiceLinks == false ? [] : _byNamespace.Find(pod.Key.Namespace);
        return Variables(services.Get(new("default", "kubernetes")), own);
    }

    /// <summary>The variables of services, those of the API server first unless the pod's namespace has a service of its name.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Variables(LinkedService? kubernetes, IEnumerable<LinkedService> services)
    {
        var variables = new List<KeyValuePair<string, string>>();
        var linked = services.Where(service => service.HasAddress).OrderBy(service => service.Metadata.Name, StringComparer.Ordinal).ToList();
        if (kubernetes is { HasAddress: true } && !linked.Exists(service => service.Metadata.Name == kubernetes.Metadata.Name)) linked.Insert(0, kubernetes);
        foreach (var service in linked)
        {
            var (name, address, ports) = (NameOf(service.Metadata.Name), service.Spec!.ClusterIP!, service.Spec.Ports!);
            Add($"{name}_SERVICE_HOST", address);
            Add($"{name}_SERVICE_PORT", Text(ports[0].Port));
            foreach (var port in ports.Where(port => port.Name is { Length: > 0 })) Add($"{name}_SERVICE_PORT_{NameOf(port.Name!)}", Text(port.Port));
            for (var i = 0; i < ports.Count; i++)
            {
                var protocol = ports[i].Protocol ?? "TCP";
                var (prefix, url) = ($"{name}_PORT_{Text(ports[i].Port)}_{protocol.ToUpperInvariant()}", $"{protocol.ToLowerInvariant()}://{address}:{Text(ports[i].Port)}");
                if (i == 0) Add($"{name}_PORT", url);
                Add(prefix, url);
                Add($"{prefix}_PROTO", protocol.ToLowerInvariant());
                Add($"{prefix}_PORT", Text(ports[i].Port));
                Add($"{prefix}_ADDR", address);
            }
        }
        return variables;

        void Add(string name, string value) => variables.Add(new(name, value));
    }

    private static string NameOf(string name) => name.ToUpperInvariant().Replace('-', '_');

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A service reduced to what environment variables tell of it.</summary>
[KubernetesEntity(Group = "", Kind = "Service", ApiVersion = "v1", PluralName = "services")]
internal sealed class LinkedService : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public LinkedServiceSpec? Spec { get; set; }

    public bool HasAddress => Spec is { Type: not "ExternalName", ClusterIP: not (null or "" or "None"), Ports.Count: > 0 };
}

internal sealed class LinkedServiceSpec
{
    public string? Type { get; set; }
    public string? ClusterIP { get; set; }
    public List<LinkedPort>? Ports { get; set; }
}

internal sealed class LinkedPort
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public int Port { get; set; }
}
