using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Workloads;

/// <summary>Why a HorizontalPodAutoscaler does not scale.</summary>
internal static partial class AutoscalerCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject autoscaler)
    {
        var causes = new List<Cause>();
        foreach (var type in (string[])["AbleToScale", "ScalingActive"])
            if (Conditions.Of(autoscaler, type, "False") is { } condition)
                causes.Add(Explain(inquiry, autoscaler, condition));
        if (causes.Count == 0 && Conditions.Of(autoscaler, "ScalingLimited", "True") is { } limited && limited.Text("reason") == "TooManyReplicas")
        {
            var most = autoscaler.At("spec.maxReplicas").AsInteger() ?? 0;
            causes.Add(new Cause($"Its metrics ask for more pods than its maxReplicas of {most} allows")
            {
                Evidence = [Conditions.Evidence(limited)],
                Remedy = new("Allow more, if the nodes have room") { Object = Name(autoscaler), Path = "spec.maxReplicas", Value = (most * 2).ToString(CultureInfo.InvariantCulture) },
            });
        }
        return causes;
    }

    /// <summary>How many pods there are and are wanted, in one sentence.</summary>
    public static string State(JsonObject autoscaler) =>
        $"it has {autoscaler.At("status.currentReplicas").AsInteger() ?? 0} and wants {autoscaler.At("status.desiredReplicas").AsInteger() ?? 0} pods, of {autoscaler.At("spec.minReplicas").AsInteger() ?? 1} to {autoscaler.At("spec.maxReplicas").AsInteger() ?? 0}";

    private static string Name(JsonObject autoscaler) => $"hpa/{autoscaler.Name}";

    private static Cause Explain(Inquiry inquiry, JsonObject autoscaler, JsonObject condition)
    {
        var message = Words.Flat(condition.Text("message"));
        IReadOnlyList<string> evidence = [Conditions.Evidence(condition)];
        var target = autoscaler.Object("spec")?.Object("scaleTargetRef") ?? [];
        var (kind, name) = (target.Text("kind") ?? "", target.Text("name") ?? "");
        if (condition.Text("reason") == "FailedGetScale")
        {
            var near = NearestName.Of(name, inquiry.List(KindName.Of(target.Text("apiVersion"), kind), autoscaler.Namespace).Select(other => other.Name));
            return new Cause($"There is no {kind} \"{name}\", which it is to scale")
            {
                Evidence = evidence,
                Remedy = new("Name one that exists") { Object = Name(autoscaler), Path = "spec.scaleTargetRef.name", Value = near ?? "NAME" },
            };
        }
        if (MissingRequest().Match(message) is { Success: true } missing)
        {
            var (resource, container) = (missing.Groups[1].Value, missing.Groups[2].Value);
            var pod = inquiry.Find(KindName.Of(target.Text("apiVersion"), kind), autoscaler.Namespace, name)?.At("spec.template");
            var path = Declaration.Container(new JsonObject { ["spec"] = pod?["spec"]?.DeepClone() }, container);
            return new Cause($"It goes by the {resource} in percent of what is requested, and the pods' containers request none")
            {
                Evidence = evidence,
                Remedy = new($"Let them request {resource}")
                {
                    Object = $"{kind.ToLowerInvariant()}/{name}",
                    Path = $"spec.template.spec.{path}.resources.requests.{resource}",
                    Value = resource == "cpu" ? "100m" : "128Mi",
                    Command = $"kubectl set resources {kind.ToLowerInvariant()}/{name}{(container.Length > 0 ? $" -c {container}" : "")} --requests={resource}={(resource == "cpu" ? "100m" : "128Mi")} -n {autoscaler.Namespace}",
                },
            };
        }
        if (message.Contains("could not find the requested resource", StringComparison.Ordinal) || message.Contains("no metrics known", StringComparison.Ordinal) || message.Contains("metrics API", StringComparison.Ordinal) && message.Contains("unable to fetch", StringComparison.Ordinal))
        {
            return new Cause("Nothing in this cluster serves the metrics that it goes by")
            {
                Evidence = evidence,
                Remedy = new("See what serves them: for CPU and memory the API metrics.k8s.io, for others an adapter of custom.metrics.k8s.io") { Command = "kubectl get apiservices" },
            };
        }
        if (message.Contains("did not receive metrics", StringComparison.Ordinal) || message.Contains("no ready pods", StringComparison.Ordinal) || message.Contains("no metrics returned", StringComparison.Ordinal))
        {
            var workload = inquiry.Find(KindName.Of(target.Text("apiVersion"), kind), autoscaler.Namespace, name);
            return new Cause("There are no metrics of its pods yet")
            {
                Evidence = evidence,
                Because = workload is null ? [] : WorkloadCauses.Of(inquiry, workload),
            };
        }
        return new Cause(condition.Text("type") == "AbleToScale" ? "It cannot scale its target" : "It cannot tell how many pods are needed") { Evidence = evidence };
    }

    [GeneratedRegex(@"missing request for ([a-z-]+)(?: in container (\S+))?")]
    private static partial Regex MissingRequest();
}
