using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>The rules of where a load balancer says that it listens, in services and ingresses.</summary>
internal static class LoadBalancerRules
{
    public static void Status(JsonObject document, bool hasMode, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var ingress in document.Object("status")?.Object("loadBalancer")?.Objects("ingress") ?? [])
        {
            var at = $"status.loadBalancer.ingress[{i++}]";
            var address = ingress.Text("ip") ?? "";
            Grammar(ingress, "ip", AddressError, at, causes);
            if (hasMode)
            {
                if (address.Length > 0 && ingress["ipMode"] is null) causes.Add(StatusCause.Required($"{at}.ipMode", "must be specified when `ip` is set"));
                else if (address.Length == 0 && ingress["ipMode"] is not null) causes.Add(StatusCause.Forbidden($"{at}.ipMode", "may not be specified when `ip` is not set"));
                else Supported(ingress, "ipMode", ["Proxy", "VIP"], at, causes);
            }
            Grammar(ingress, "hostname", Names.SubdomainError, at, causes);
            if (ingress.Text("hostname") is { Length: > 0 } host && ParseAddress(host) is not null) causes.Add(StatusCause.Invalid($"{at}.hostname", Quote(host), "must be a DNS name, not an IP address"));
        }
    }
}
