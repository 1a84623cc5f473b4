using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Controllers;

/// <summary>What was read for one metric of an autoscaler.</summary>
internal abstract record MetricReading
{
    /// <summary>A value for each pod that tells one.</summary>
    public sealed record OfPods(IReadOnlyDictionary<string, PodSample> Samples) : MetricReading;

    /// <summary>One value, in thousandths.</summary>
    public sealed record OfWhole(long Milli) : MetricReading;

    /// <summary>It could not be read.</summary>
    public sealed record Failed(string Message) : MetricReading;
}

/// <summary>How many replicas one metric asks for, or why it cannot tell.</summary>
/// <param name="Replicas">The replicas; null when it cannot tell.</param>
/// <param name="Name">The metric in words.</param>
/// <param name="Status">Its entry in <c>status.currentMetrics</c>.</param>
/// <param name="Reason">Reason of the condition and event when it cannot tell.</param>
/// <param name="Message">Why it cannot.</param>
internal sealed record MetricProposal(int? Replicas, string Name, JsonObject Status, string Reason, string Message);

/// <summary>Weighs each metric of an autoscaler by its kind.</summary>
internal sealed class MetricProposals(ReplicaCount count, ScaleView scale)
{
    public MetricProposal For(MetricSpec metric, MetricReading reading)
    {
        try
        {
            return metric.Type switch
            {
                "Resource" when metric.Resource is { } source => Resource(source, reading, "resource"),
                "ContainerResource" when metric.ContainerResource is { } source => Resource(source, reading, "containerResource"),
                "Pods" when metric.Pods is { } source => Pods(source, reading),
                "Object" when metric.Object is { } source => Whole(source, reading, "object", $"{source.DescribedObject?.Kind} metric {source.Metric.Name}"),
                "External" when metric.External is { } source => Whole(source, reading, "external", $"external metric {source.Metric.Name}"),
                _ => Unknown("InvalidMetricSourceType", $"unknown metric source type \"{metric.Type}\""),
            };
        }
        catch (MetricUnavailableException e)
        {
            return Unknown($"FailedGet{metric.Type}Metric", $"{Failure(metric)}: {e.Message}");
        }
    }

    private MetricProposal Resource(ResourceSource source, MetricReading reading, string field)
    {
        var samples = Samples(reading);
        var status = new JsonObject { ["name"] = source.Name };
        if (source.Container is not null) status["container"] = source.Container;
        if (source.Target.AverageValue is { } text)
        {
            var (replicas, average) = count.ByAverage(scale.Desired, Milli(text), samples, source.Name);
            status["current"] = new JsonObject { ["averageValue"] = Text(average) };
            return Told(replicas, $"{source.Name} {(source.Container is null ? "" : "container ")}resource", field, status);
        }
        if (source.Target.AverageUtilization is not { } target)
            throw new MetricUnavailableException("invalid resource metric source: neither an average utilization target nor an average value (usage) target was set");
        var by = count.ByUtilization(scale.Desired, target, samples, source.Name, source.Container);
        status["current"] = new JsonObject { ["averageUtilization"] = by.Utilization, ["averageValue"] = Text(by.AverageMilli) };
        return Told(by.Replicas, $"{source.Name} {(source.Container is null ? "" : "container ")}resource utilization (percentage of request)", field, status);
    }

    private MetricProposal Pods(MetricSource source, MetricReading reading)
    {
        var (replicas, average) = count.ByAverage(scale.Desired, Milli(source.Target.AverageValue), Samples(reading), "");
        return Told(replicas, $"pods metric {source.Metric.Name}", "pods", new JsonObject { ["metric"] = source.Metric.ToJson(), ["current"] = new JsonObject { ["averageValue"] = Text(average) } });
    }

    private MetricProposal Whole(MetricSource source, MetricReading reading, string field, string name)
    {
        var value = reading is MetricReading.OfWhole known ? known.Milli : throw new MetricUnavailableException(((MetricReading.Failed)reading).Message);
        var status = new JsonObject { ["metric"] = source.Metric.ToJson() };
        if (source.DescribedObject is { } about) status["describedObject"] = about.ToJson();
        if (source.Target.AverageValue is { } text)
        {
            var (replicas, average) = count.ByShare(scale.Current, value, Milli(text));
            status["current"] = new JsonObject { ["averageValue"] = Text(average) };
            return Told(replicas, name, field, status);
        }
        status["current"] = new JsonObject { ["value"] = Text(value) };
        return Told(count.ByValue(scale.Desired, value, Milli(source.Target.Value)), name, field, status);
    }

    private static IReadOnlyDictionary<string, PodSample> Samples(MetricReading reading) => reading switch
    {
        MetricReading.OfPods pods => pods.Samples,
        MetricReading.Failed failed => throw new MetricUnavailableException(failed.Message),
        _ => throw new InvalidOperationException("one value was read where each pod has its own"),
    };

    private static MetricProposal Told(int replicas, string name, string field, JsonObject status) => new(replicas, name, new()
    {
        ["type"] = char.ToUpperInvariant(field[0]) + field[1..],
        [field] = status,
    }, "", "");

    // The entries stand in the order of the spec, so that one which says nothing still has its place.
    private static MetricProposal Unknown(string reason, string message) => new(null, "", new() { ["type"] = "" }, reason, message);

    private static string Failure(MetricSpec metric) => metric.Type switch
    {
        "Resource" or "ContainerResource" when (metric.Resource ?? metric.ContainerResource) is { } source => $"failed to get {source.Name} {(source.Target.AverageValue is null ? "utilization" : "usage")}",
        "Pods" => "failed to get pods metric value",
        "Object" => "failed to get object metric value",
        _ => $"failed to get {metric.External?.Metric.Name} external metric value",
    };

    private static long Milli(string? text) => Quantity.TryParse(text, out var amount) && amount.Sign > 0 ? amount.ToMilli() : throw new MetricUnavailableException($"the target \"{text}\" is no positive quantity");

    private static string Text(long milli) => Quantity.OfMilli(milli).ToString();
}
