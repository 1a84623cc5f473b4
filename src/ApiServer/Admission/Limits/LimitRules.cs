using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Quota;

namespace Slipway.ApiServer.Admission.Limits;

/// <summary>What limit ranges put into pods, and what they refuse. Messages are Kubernetes' own.</summary>
internal static class LimitRules
{
    private const string Annotation = "kubernetes.io/limit-ranger";

    /// <summary>Puts in default requests and limits of containers, and notes it in an annotation.</summary>
    public static void Complete(JsonObject pod, LimitRange range)
    {
        var (limits, requests) = (ResourceAmounts.None, ResourceAmounts.None);
        foreach (var item in range.Items.Where(i => i.Type == "Container"))
        {
            limits = limits.With(item.Default);
            requests = requests.With(item.DefaultRequest);
        }
        if (limits.IsEmpty && requests.IsEmpty) return;
        var spec = pod.ObjectOrNew("spec");
        var notes = new List<string>();
        foreach (var container in spec.Objects("containers")) Complete(container, "container", requests, limits, notes);
        foreach (var container in spec.Objects("initContainers")) Complete(container, "init container", requests, limits, notes);
        if (notes.Count > 0) pod.Metadata.ObjectOrNew("annotations")[Annotation] = $"LimitRanger plugin set: {string.Join("; ", notes)}";
    }

    /// <summary>What a pod violates.</summary>
    public static IReadOnlyList<string> Faults(JsonObject pod, LimitRange range)
    {
        var faults = new List<string>();
        var spec = pod.Object("spec") ?? [];
        foreach (var item in range.Items)
        {
            if (item.Type == "Container")
            {
                foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
                    Check(item, PodAmounts.Of(container, "requests"), PodAmounts.Of(container, "limits"), faults);
            }
            else if (item.Type == "Pod")
            {
                Check(item, PodAmounts.Requests(spec, withOverhead: false), PodAmounts.Limits(spec, withOverhead: false), faults);
            }
        }
        return faults;
    }

    /// <summary>What a claim violates.</summary>
    public static IReadOnlyList<string> ClaimFaults(JsonObject claim, LimitRange range)
    {
        var faults = new List<string>();
        var requests = ResourceAmounts.Read(claim.Object("spec")?.Object("resources")?.Object("requests"));
        foreach (var item in range.Items.Where(i => i.Type == "PersistentVolumeClaim"))
        {
            foreach (var name in item.Min.Names) AddIf(faults, BelowMin(item, name, requests[name], null));
            foreach (var name in item.Max.Names)
            {
                var max = item.Max[name]!.Value;
                if (requests[name] is not { } request) faults.Add($"maximum {name} usage per {item.Type} is {max}.  No request is specified");
                else if (request > max) faults.Add($"maximum {name} usage per {item.Type} is {max}, but request is {request}");
            }
        }
        return faults;
    }

    /// <summary>The faults as one message.</summary>
    public static string Told(IReadOnlyList<string> faults)
    {
        var distinct = faults.Distinct().ToArray();
        return distinct.Length == 1 ? distinct[0] : $"[{string.Join(", ", distinct)}]";
    }

    private static void Complete(JsonObject container, string what, ResourceAmounts requests, ResourceAmounts limits, List<string> notes)
    {
        var resources = container.ObjectOrNew("resources");
        var name = container.Text("name");
        var setLimits = Fill(resources, "limits", limits);
        var setRequests = Fill(resources, "requests", requests);
        if (setRequests.Count > 0) notes.Add($"{string.Join(", ", setRequests)} request for {what} {name}");
        if (setLimits.Count > 0) notes.Add($"{string.Join(", ", setLimits)} limit for {what} {name}");
    }

    private static List<string> Fill(JsonObject resources, string which, ResourceAmounts defaults)
    {
        var given = resources.Object(which);
        var missing = defaults.Names.Where(n => given?[n] is null).ToList();
        if (missing.Count > 0) given = resources.ObjectOrNew(which);
        foreach (var name in missing) given![name] = defaults[name]!.Value.ToString();
        return missing;
    }

    private static void Check(LimitItem item, ResourceAmounts requests, ResourceAmounts limits, List<string> faults)
    {
        foreach (var name in item.Min.Names) AddIf(faults, BelowMin(item, name, requests[name], limits[name]));
        foreach (var name in item.Max.Names) AddIf(faults, AboveMax(item, name, requests[name], limits[name]));
        foreach (var name in item.MaxRatio.Names) AddIf(faults, AboveRatio(item, name, requests[name], limits[name]));
    }

    private static string? BelowMin(LimitItem item, string name, Quantity? request, Quantity? limit)
    {
        var min = item.Min[name]!.Value;
        var what = $"minimum {name} usage per {item.Type} is {min}";
        if (request is null) return $"{what}.  No request is specified";
        if (request < min) return $"{what}, but request is {request}";
        return limit < min ? $"{what}, but limit is {limit}" : null;
    }

    private static string? AboveMax(LimitItem item, string name, Quantity? request, Quantity? limit)
    {
        var max = item.Max[name]!.Value;
        var what = $"maximum {name} usage per {item.Type} is {max}";
        if (limit is null) return $"{what}.  No limit is specified";
        if (limit > max) return $"{what}, but limit is {limit}";
        return request > max ? $"{what}, but request is {request}" : null;
    }

    private static string? AboveRatio(LimitItem item, string name, Quantity? request, Quantity? limit)
    {
        var max = item.MaxRatio[name]!.Value;
        var what = $"{name} max limit to request ratio per {item.Type} is {max}";
        if (request is not { Sign: > 0 }) return $"{what}, but no request is specified or request is 0";
        if (limit is not { Sign: > 0 }) return $"{what}, but no limit is specified or limit is 0";
        var ratio = Number(limit.Value) / Number(request.Value);
        return ratio > Number(max) ? string.Create(CultureInfo.InvariantCulture, $"{what}, but provided ratio is {ratio:F6}") : null;
    }

    // Thousandths where they fit, whole units beyond.
    private static double Number(Quantity quantity) => quantity < Quantity.Of(long.MaxValue / 1000) ? quantity.ToMilli() / 1000.0 : quantity.ToUnits();

    private static void AddIf(List<string> faults, string? fault)
    {
        if (fault is not null) faults.Add(fault);
    }
}
