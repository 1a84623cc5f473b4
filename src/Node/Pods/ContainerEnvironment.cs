using System.Globalization;
using System.Text;
using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>Resolves the environment of a container.</summary>
internal static class ContainerEnvironment
{
    /// <summary>Name and value of each variable, in order; a later one replaces an earlier one of its name.</summary>
    /// <exception cref="ContainerConfigException">A source is missing and not optional.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Resolve(V1Pod pod, V1Container container, EnvironmentObjects objects, PodFacts facts)
    {
        var order = new List<string>();
        var values = new Dictionary<string, string>();
        void Set(string name, string value)
        {
            if (!values.ContainsKey(name))
                order.Add(name);
            values[name] = value;
        }

        foreach (var (name, value) in objects.Services)
            Set(name, value);
        foreach (var source in container.EnvFrom ?? [])
        {
            var all = source.ConfigMapRef is { } map ? Find(objects.ConfigMaps, "configmap", map.Name, map.Optional)
                : source.SecretRef is { } secret ? Find(objects.Secrets, "secret", secret.Name, secret.Optional)
                : null;
            foreach (var (key, value) in all ?? new Dictionary<string, byte[]>())
                Set((source.Prefix ?? "") + key, Encoding.UTF8.GetString(value));
        }
        foreach (var variable in container.Env ?? [])
        {
            var value = variable.ValueFrom is { } from ? From(pod, container, from, objects, facts) : Expansion.Expand(variable.Value ?? "", values);
            if (value is not null)
                Set(variable.Name, value);
        }
        return [.. order.Select(name => KeyValuePair.Create(name, values[name]))];
    }

    private static string? From(V1Pod pod, V1Container container, V1EnvVarSource from, EnvironmentObjects objects, PodFacts facts)
    {
        if (from.FieldRef is { } field)
            return PodFields.Value(pod, field.FieldPath, facts);
        if (from.ResourceFieldRef is { } resource)
            return PodFields.Resource(pod, container.Name, resource, facts);
        if (from.ConfigMapKeyRef is { } map)
            return Key(Find(objects.ConfigMaps, "configmap", map.Name, map.Optional), "configmap", map.Name, map.Key, map.Optional);
        if (from.SecretKeyRef is { } secret)
            return Key(Find(objects.Secrets, "secret", secret.Name, secret.Optional), "secret", secret.Name, secret.Key, secret.Optional);
        return "";
    }

    private static IReadOnlyDictionary<string, byte[]>? Find(Dictionary<string, IReadOnlyDictionary<string, byte[]>?> objects, string kind, string name, bool? optional) =>
        objects.GetValueOrDefault(name) is { } found ? found
        : optional == true ? null
        : throw new ContainerConfigException($"{kind} \"{name}\" not found");

    private static string? Key(IReadOnlyDictionary<string, byte[]>? data, string kind, string name, string key, bool? optional) =>
        data is not null && data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value)
        : optional == true ? null
        : throw new ContainerConfigException($"couldn't find key {key} in {kind} {name}");
}

/// <summary>What a pod can ask about itself that its document does not say.</summary>
internal sealed record PodFacts(string NodeName, string NodeAddress, IReadOnlyList<string> Addresses, decimal NodeCpu, decimal NodeMemory, decimal NodeStorage);

/// <summary>The fields that a pod can ask about itself (https://kubernetes.io/docs/concepts/workloads/pods/downward-api/).</summary>
internal static class PodFields
{
    public static string Value(V1Pod pod, string path, PodFacts facts)
    {
        if (Subscript(path, "metadata.labels") is { } label)
            return Entry(pod.Metadata.Labels, label);
        if (Subscript(path, "metadata.annotations") is { } annotation)
            return Entry(pod.Metadata.Annotations, annotation);
        return path switch
        {
            "metadata.name" => pod.Metadata.Name,
            "metadata.namespace" => pod.Key.Namespace,
            "metadata.uid" => pod.Metadata.Uid,
            "metadata.labels" => Lines(pod.Metadata.Labels),
            "metadata.annotations" => Lines(pod.Metadata.Annotations),
            "spec.nodeName" => facts.NodeName,
            "spec.serviceAccountName" => pod.Spec.ServiceAccountName is { Length: > 0 } account ? account : "default",
            "status.hostIP" or "status.hostIPs" => facts.NodeAddress,
            "status.podIP" => facts.Addresses.Count > 0 ? facts.Addresses[0] : "",
            "status.podIPs" => string.Join(",", facts.Addresses),
            _ => throw new ContainerConfigException($"fieldRef.fieldPath \"{path}\" is not a field that a pod can ask for"),
        };
    }

    public static string Resource(V1Pod pod, string containerName, V1ResourceFieldSelector selector, PodFacts facts)
    {
        var name = selector.ContainerName is { Length: > 0 } other ? other : containerName;
        var container = pod.EveryContainer.FirstOrDefault(c => c.Name == name)
            ?? throw new ContainerConfigException($"resourceFieldRef.containerName \"{name}\" is not a container of the pod");
        var (list, resource) = selector.Resource.Split('.', 2) is [var l, var r] ? (l, r) : ("", "");
        var amount = list switch
        {
            // Who has no limit has what the node has.
            "limits" => PodSpecs.Amount(container.Resources?.Limits, resource) ?? resource switch { "cpu" => facts.NodeCpu, "memory" => facts.NodeMemory, "ephemeral-storage" => facts.NodeStorage, _ => 0 },
            "requests" => PodSpecs.Amount(container.Resources?.Requests, resource) ?? 0,
            _ => throw new ContainerConfigException($"resourceFieldRef.resource \"{selector.Resource}\" is not known; use limits.cpu, limits.memory, requests.cpu or requests.memory"),
        };
        var divisor = selector.Divisor?.ToDecimal() is { } given and > 0 ? given : 1;
        return decimal.Ceiling(amount / divisor).ToString(CultureInfo.InvariantCulture);
    }

    private static string? Subscript(string path, string field) =>
        path.StartsWith(field + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) ? path[(field.Length + 2)..^2] : null;

    private static string Entry(IDictionary<string, string>? entries, string key) => entries is not null && entries.TryGetValue(key, out var value) ? value : "";

    private static string Lines(IDictionary<string, string>? entries) =>
        string.Join("\n", (entries ?? new Dictionary<string, string>()).OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => $"{e.Key}=\"{e.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""));
}
