using System.Text;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Node.Pods;

/// <summary>The ConfigMaps and Secrets that pods refer to, read when they are needed, and the services that they are told of.</summary>
internal sealed class PodReferences(IApi api, ServiceLinks? services = null)
{
    /// <summary>Keys and values of a ConfigMap; null when there is none.</summary>
    public async ValueTask<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string ns, string name, CancellationToken cancellation)
    {
        if (await api.GetAsync(NodeKinds.ConfigMaps, ns, name, cancellation) is not { } map)
            return null;
        var values = (map.Data ?? new Dictionary<string, string>()).ToDictionary(e => e.Key, e => Encoding.UTF8.GetBytes(e.Value));
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>())
            values[key] = value;
        return values;
    }

    /// <summary>Keys and values of a Secret; null when there is none.</summary>
    public async ValueTask<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string ns, string name, CancellationToken cancellation) =>
        await api.GetAsync(NodeKinds.Secrets, ns, name, cancellation) is { } secret
            ? new Dictionary<string, byte[]>(secret.Data ?? new Dictionary<string, byte[]>()) : null;

    /// <summary>All that the environment of a container refers to.</summary>
    public async Task<EnvironmentObjects> ForEnvironmentAsync(V1Pod pod, V1Container container, CancellationToken cancellation)
    {
        var ns = pod.Key.Namespace;
        var objects = new EnvironmentObjects { Services = services is null ? [] : await services.ForAsync(pod, cancellation) };
        var variables = container.Env ?? [];
        var sources = container.EnvFrom ?? [];
        foreach (var name in sources.Select(s => s.ConfigMapRef?.Name).Concat(variables.Select(v => v.ValueFrom?.ConfigMapKeyRef?.Name)).OfType<string>().Distinct())
            objects.ConfigMaps[name] = await ConfigMapAsync(ns, name, cancellation);
        foreach (var name in sources.Select(s => s.SecretRef?.Name).Concat(variables.Select(v => v.ValueFrom?.SecretKeyRef?.Name)).OfType<string>().Distinct())
            objects.Secrets[name] = await SecretAsync(ns, name, cancellation);
        return objects;
    }
}

/// <summary>The objects that an environment refers to, by name; null for those that do not exist.</summary>
internal sealed class EnvironmentObjects
{
    public Dictionary<string, IReadOnlyDictionary<string, byte[]>?> ConfigMaps { get; } = [];
    public Dictionary<string, IReadOnlyDictionary<string, byte[]>?> Secrets { get; } = [];

    /// <summary>Variables that tell of services.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Services { get; init; } = [];
}

/// <summary>A container cannot be made as its pod says; the message names the field or object.</summary>
internal sealed class ContainerConfigException(string message) : Exception(message);
