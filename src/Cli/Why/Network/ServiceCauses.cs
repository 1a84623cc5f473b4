using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.Cli.Why.Cluster;
using Slipway.Cli.Why.Pods;

namespace Slipway.Cli.Why.Network;

/// <summary>Why a service leads nowhere.</summary>
internal static class ServiceCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject service) => inquiry.Within(service, () => Find(inquiry, service));

    private static IReadOnlyList<Cause> Find(Inquiry inquiry, JsonObject service)
    {
        if (service.IsBeingDeleted)
            return DeletionCauses.Of(inquiry, service);
        var spec = service.Object("spec") ?? [];
        if (spec.Text("type") == "ExternalName")
            return [];
        var slices = inquiry.List(KindName.EndpointSlice, service.Namespace).Where(slice => slice.Labels?.Text("kubernetes.io/service-name") == service.Name).ToList();
        if (spec.Object("selector") is not { Count: > 0 } selector)
        {
            return slices.SelectMany(slice => slice.Objects("endpoints")).Any() ? [] : [new Cause("It has no selector, and nobody has made endpoints for it")
            {
                Remedy = new("Give it the labels of its pods") { Object = $"service/{service.Name}", Path = "spec.selector", Value = "{app: NAME}" },
            }];
        }
        var all = inquiry.List(KindName.Pod, service.Namespace).Where(pod => pod.At("status.phase").AsText() is not ("Succeeded" or "Failed")).ToList();
        var pods = all.Where(pod => Selects(selector, pod)).ToList();
        if (pods.Count == 0)
            return [Unselected(service, selector, all)];
        List<Cause> causes = [.. Unserved(service, spec), .. Ports(service, spec, pods)];
        if (causes.Count > 0)
            return causes;
        var ready = pods.Where(pod => PodCauses.IsReady(pod) && !pod.IsBeingDeleted).ToList();
        if (ready.Count == 0 && spec.Boolean("publishNotReadyAddresses") != true)
            return [new Cause(pods.Count == 1 ? "The only pod that it selects is not ready" : $"None of the {pods.Count} pods that it selects is ready") { Because = PodGroups.Of(inquiry, pods) }];
        if (spec.Text("type") == "LoadBalancer" && !HasAddress(service))
        {
            return [new Cause("It has no address for clients outside yet: no load balancer has taken it")
            {
                Evidence = [.. inquiry.Events(service).Where(e => e.IsWarning).Take(1).Select(e => e.Text(inquiry.Now))],
                Remedy = new("See that something in the cluster serves load balancers; a NodePort needs none") { Object = $"service/{service.Name}", Path = "spec.type", Value = "NodePort" },
            }];
        }
        return [];
    }

    /// <summary>How many endpoints are ready, in one sentence.</summary>
    public static string State(Inquiry inquiry, JsonObject service)
    {
        if (service.At("spec.type").AsText() == "ExternalName")
            return $"its name leads to {service.At("spec.externalName").AsText()}";
        var endpoints = inquiry.List(KindName.EndpointSlice, service.Namespace).Where(slice => slice.Labels?.Text("kubernetes.io/service-name") == service.Name)
            .SelectMany(slice => slice.Objects("endpoints")).Count(endpoint => endpoint.Object("conditions")?.Boolean("ready") != false);
        return $"it has {(endpoints == 0 ? "no endpoint" : Words.Count(endpoints, "endpoint"))} that {Words.Are(Math.Max(endpoints, 1))} ready";
    }

    private static bool HasAddress(JsonObject service) => service.Object("status")?.Object("loadBalancer")?.Objects("ingress").Any() == true;

    private static IEnumerable<Cause> Unserved(JsonObject service, JsonObject spec)
    {
        if (spec.Text("type") == "LoadBalancer" && spec.Text("loadBalancerClass") is { Length: > 0 } name && !HasAddress(service))
        {
            yield return new Cause($"It has no address for clients outside: nothing here has taken load balancers of the class {name}")
            {
                Remedy = new("Start what serves that class, or make the service anew without it, for the cluster's own load balancer") { Object = $"service/{service.Name}", Path = "spec.loadBalancerClass", Value = "null" },
            };
        }
    }

    private static Cause Unselected(JsonObject service, JsonObject selector, IReadOnlyList<JsonObject> all)
    {
        var wanted = string.Join(',', selector.Select(label => $"{label.Key}={label.Value.AsText()}"));
        // The nearest are pods that have all labels but one, or have them nearly.
        var (near, remedy) = Nearest(service, selector, all);
        return new Cause($"Its selector {wanted} matches no pod in namespace {service.Namespace}")
        {
            Evidence = near.Count > 0 ? [$"{(near.Count > 1 ? "pods" : "pod")} {Words.List(near.Select(pod => pod.Name))} {(near.Count > 1 ? "have" : "has")} the labels {string.Join(',', (near[0].Labels ?? []).Where(label => !label.Key.EndsWith("-hash", StringComparison.Ordinal)).Select(label => $"{label.Key}={label.Value.AsText()}"))}"] : [],
            Remedy = remedy,
        };
    }

    private static (IReadOnlyList<JsonObject> Near, Remedy Remedy) Nearest(JsonObject service, JsonObject selector, IReadOnlyList<JsonObject> all)
    {
        foreach (var (key, value) in selector)
        {
            var others = all.Where(pod => selector.All(label => label.Key == key || pod.Labels?.Text(label.Key) == label.Value.AsText())).ToList();
            var values = others.Select(pod => pod.Labels?.Text(key)).OfType<string>().Distinct().ToList();
            if ((NearestName.Of(value.AsText() ?? "", values) ?? (selector.Count > 1 ? values.FirstOrDefault() : null)) is { } better)
            {
                return ([.. others.Where(pod => pod.Labels?.Text(key) == better)], new("Correct the selector, if these are its pods")
                {
                    Object = $"service/{service.Name}",
                    Path = $"spec.selector.{key}",
                    Value = better,
                    Command = $"kubectl patch service {service.Name} -n {service.Namespace} -p '{{\"spec\":{{\"selector\":{{\"{key}\":\"{better}\"}}}}}}'",
                });
            }
            var keyed = all.Where(pod => (pod.Labels ?? []).Any(label => label.Value.AsText() == value.AsText())).ToList();
            if (keyed is [var first, ..])
            {
                var label = first.Labels!.First(l => l.Value.AsText() == value.AsText()).Key;
                return (keyed, new("Correct the label's name, if these are its pods") { Object = $"service/{service.Name}", Path = "spec.selector", Value = $"{{{label}: {value.AsText()}}}" });
            }
        }
        return ([], new("Start pods with these labels, or correct the selector") { Object = $"service/{service.Name}", Path = "spec.selector" });
    }

    private static IEnumerable<Cause> Ports(JsonObject service, JsonObject spec, IReadOnlyList<JsonObject> pods)
    {
        foreach (var (index, port) in spec.Objects("ports").Index())
        {
            var declared = pods.SelectMany(pod => pod.Object("spec")?.Objects("containers") ?? []).SelectMany(container => container.Objects("ports")).ToList();
            var names = declared.Select(p => p.Text("name")).OfType<string>().Distinct().ToList();
            var path = string.Create(CultureInfo.InvariantCulture, $"spec.ports[{index}].targetPort");
            if (port.Text("targetPort") is { } name && !names.Contains(name))
            {
                yield return new Cause($"Its targetPort \"{name}\" is the name of no port of its pods")
                {
                    Evidence = [names.Count > 0 ? $"ports of its pods: {Words.List(names)}" : "its pods name no ports"],
                    Remedy = new(names.Count > 0 ? "Name a port that the pods have" : "Give the number, or name the port in the pods' containers")
                    {
                        Object = $"service/{service.Name}",
                        Path = path,
                        Value = NearestName.Of(name, names) ?? names.FirstOrDefault() ?? declared.FirstOrDefault()?.Integer("containerPort")?.ToString(CultureInfo.InvariantCulture) ?? "NUMBER",
                    },
                };
            }
            else if ((port.Integer("targetPort") ?? (port.ContainsKey("targetPort") ? null : port.Integer("port"))) is { } number && declared.Count > 0 && declared.TrueForAll(p => p.Integer("containerPort") != number)
                && pods.All(pod => (pod.Object("spec")?.Objects("containers") ?? []).All(container => container.Objects("ports").Any())))
            {
                // A port need not be declared to be served; that all others are and this one is not is still the likeliest slip.
                yield return new Cause($"It leads to port {number} of its pods, which declare other ports only")
                {
                    Evidence = [$"ports of its pods: {Words.List(declared.Select(p => p.Integer("containerPort")?.ToString(CultureInfo.InvariantCulture) ?? "").Distinct())}"],
                    Remedy = new("Lead it to the port that the program listens on") { Object = $"service/{service.Name}", Path = path, Value = declared[0].Integer("containerPort")?.ToString(CultureInfo.InvariantCulture) },
                };
            }
        }
    }

    internal static bool Selects(JsonObject selector, JsonObject pod) => LabelSelector.FromJson(new JsonObject { ["matchLabels"] = selector.DeepClone() }).Matches(pod.Labels);
}
