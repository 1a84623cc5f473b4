using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a pod does not get the devices that it claims: what it names is missing, or others have them.</summary>
internal static class DeviceCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject pod, Declaration declared)
    {
        var causes = new List<Cause>();
        foreach (var (index, asked) in (pod.Object("spec")?.Objects("resourceClaims") ?? []).Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"resourceClaims[{index}]");
            var template = asked.Text("resourceClaimTemplateName");
            if (template is not null && inquiry.IsAbsent(KindName.DeviceClaimTemplate, pod.Namespace, template))
            {
                causes.Add(Missing(inquiry, pod, KindName.DeviceClaimTemplate, template, $"{path}.resourceClaimTemplateName", declared));
                continue;
            }
            var name = asked.Text("resourceClaimName") ?? (pod.Object("status")?.Objects("resourceClaimStatuses") ?? []).FirstOrDefault(status => status.Text("name") == asked.Text("name"))?.Text("resourceClaimName");
            if (name is null)
                continue;
            if (inquiry.Find(KindName.DeviceClaim, pod.Namespace, name) is { } claim)
                causes.AddRange(Classes(inquiry, claim).Where(cause => !causes.Exists(cause.IsLike)));
            else if (template is null && inquiry.IsAbsent(KindName.DeviceClaim, pod.Namespace, name))
                causes.Add(Missing(inquiry, pod, KindName.DeviceClaim, name, $"{path}.resourceClaimName", declared));
        }
        return causes;
    }

    private static Cause Missing(Inquiry inquiry, JsonObject pod, KindName kind, string name, string path, Declaration declared)
    {
        var near = NearestName.Of(name, inquiry.List(kind, pod.Namespace).Select(other => other.Name));
        return new Cause($"There is no {kind.Kind} \"{name}\" in namespace {pod.Namespace}")
        {
            Remedy = near is not null ? declared.Change($"Name \"{near}\", which exists, or create \"{name}\"", path, near) : new("Create it, with the class of the devices that the pod needs"),
        };
    }

    private static IEnumerable<Cause> Classes(Inquiry inquiry, JsonObject claim)
    {
        foreach (var request in claim.Object("spec")?.Object("devices")?.Objects("requests") ?? [])
            foreach (var one in request.Object("exactly") is { } exactly ? [exactly] : request.Objects("firstAvailable"))
                if (one.Text("deviceClassName") is { Length: > 0 } name && inquiry.IsAbsent(KindName.DeviceClass, "", name))
                {
                    var classes = inquiry.List(KindName.DeviceClass, "").Select(other => other.Name).ToList();
                    yield return new Cause($"Claim {claim.Name} asks for devices of class {name}, which does not exist")
                    {
                        Evidence = classes.Count > 0 ? [$"device classes: {Words.List(classes)}"] : [],
                        Remedy = new(NearestName.Of(name, classes) is { } near ? $"Name \"{near}\" in the claim or its template, which must be made anew for it" : "Install the driver of these devices, which brings the class, or create the class"),
                    };
                }
    }
}
