using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Network;

/// <summary>Why an Ingress does not lead to its services.</summary>
internal static class IngressCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject ingress)
    {
        var causes = new List<Cause>();
        var spec = ingress.Object("spec") ?? [];
        if (spec.Text("ingressClassName") is { Length: > 0 } name && inquiry.IsAbsent(KindName.IngressClass, "", name))
        {
            var classes = inquiry.List(KindName.IngressClass, "").Select(c => c.Name).ToList();
            causes.Add(new Cause($"There is no ingress class \"{name}\", so that nothing serves it")
            {
                Evidence = classes.Count > 0 ? [$"ingress classes: {Words.List(classes)}"] : [],
                Remedy = new("Name one that exists, or leave the field out") { Object = $"ingress/{ingress.Name}", Path = "spec.ingressClassName", Value = NearestName.Of(name, classes) ?? classes.FirstOrDefault() ?? "NAME" },
            });
        }
        foreach (var (backend, path) in Backends(spec))
            if (Backend(inquiry, ingress, backend, path) is { } cause && !causes.Exists(cause.IsLike))
                causes.Add(cause);
        foreach (var (index, tls) in spec.Objects("tls").Index())
        {
            if (tls.Text("secretName") is not { Length: > 0 } secret || !inquiry.IsAbsent(KindName.Secret, ingress.Namespace, secret))
                continue;
            causes.Add(new Cause($"There is no Secret \"{secret}\" with its certificate, in namespace {ingress.Namespace}")
            {
                Remedy = new("Create it") { Command = $"kubectl create secret tls {secret} --cert=FILE --key=FILE -n {ingress.Namespace}", Object = $"ingress/{ingress.Name}", Path = $"spec.tls[{index.ToString(CultureInfo.InvariantCulture)}].secretName" },
            });
        }
        if (causes.Count == 0 && ingress.Object("status")?.Object("loadBalancer")?.Objects("ingress").Any() != true)
        {
            causes.Add(new Cause("It has no address yet: no ingress controller has taken it")
            {
                Evidence = [.. inquiry.Events(ingress).Where(e => e.IsWarning).Take(1).Select(e => e.Text(inquiry.Now))],
                Remedy = new("See that a controller for its class runs (kubectl get ingressclasses)"),
            });
        }
        return causes;
    }

    /// <summary>At which addresses it is served, in one sentence.</summary>
    public static string State(JsonObject ingress)
    {
        var addresses = (ingress.Object("status")?.Object("loadBalancer")?.Objects("ingress") ?? []).Select(address => address.Text("ip") ?? address.Text("hostname") ?? "").ToList();
        return addresses.Count == 0 ? "it has no address" : $"it is served at {Words.List(addresses)}";
    }

    private static IEnumerable<(JsonObject Backend, string Path)> Backends(JsonObject spec)
    {
        if (spec.Object("defaultBackend") is { } fallback)
            yield return (fallback, "spec.defaultBackend");
        foreach (var (r, rule) in spec.Objects("rules").Index())
            foreach (var (p, path) in (rule.Object("http")?.Objects("paths") ?? []).Index())
                if (path.Object("backend") is { } backend)
                    yield return (backend, string.Create(CultureInfo.InvariantCulture, $"spec.rules[{r}].http.paths[{p}].backend"));
    }

    private static Cause? Backend(Inquiry inquiry, JsonObject ingress, JsonObject backend, string path)
    {
        if (backend.Object("service") is not { } reference || reference.Text("name") is not { Length: > 0 } name)
            return null;
        if (inquiry.Find(KindName.Service, ingress.Namespace, name) is not { } service)
        {
            if (!inquiry.IsAbsent(KindName.Service, ingress.Namespace, name))
                return null;
            var near = NearestName.Of(name, inquiry.List(KindName.Service, ingress.Namespace).Select(other => other.Name));
            return new Cause($"There is no Service \"{name}\" in namespace {ingress.Namespace}, to which it is to lead")
            {
                Remedy = new("Name one that exists: an ingress leads to services of its own namespace") { Object = $"ingress/{ingress.Name}", Path = $"{path}.service.name", Value = near ?? "NAME" },
            };
        }
        var ports = (service.Object("spec")?.Objects("ports") ?? []).ToList();
        var port = reference.Object("port") ?? [];
        if (!ports.Exists(p => port.Text("name") is { Length: > 0 } named ? p.Text("name") == named : p.Integer("port") == port.Integer("number")))
        {
            return new Cause($"Service {name} has no port {port.Text("name") ?? port.Integer("number")?.ToString(CultureInfo.InvariantCulture)}")
            {
                Evidence = [$"ports of service {name}: {Words.List(ports.Select(p => $"{p.Integer("port")}{(p.Text("name") is { } n ? $" ({n})" : "")}"))}"],
                Remedy = new("Name a port of the service") { Object = $"ingress/{ingress.Name}", Path = $"{path}.service.port.number", Value = ports.FirstOrDefault()?.Integer("port")?.ToString(CultureInfo.InvariantCulture) ?? "NUMBER" },
            };
        }
        var because = ServiceCauses.Of(inquiry, service);
        return because.Count > 0 ? new Cause($"Service {name}, to which it leads, does not answer") { Because = because } : null;
    }
}
