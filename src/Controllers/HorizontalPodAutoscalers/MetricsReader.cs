using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Reads metrics where the API serves them: <c>metrics.k8s.io</c>, <c>custom.metrics.k8s.io</c> and <c>external.metrics.k8s.io</c>
/// (<see href="https://github.com/kubernetes/metrics"/>), whoever stands behind them.
/// </summary>
internal sealed class MetricsReader(IApi api)
{
    private const string Custom = "custom.metrics.k8s.io", External = "external.metrics.k8s.io";
    private static readonly TimeSpan UsualWindow = TimeSpan.FromMinutes(1);

    /// <summary>Reads one metric of an autoscaler in a namespace.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="selector">The pods of its target, in the grammar of requests.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async ValueTask<MetricReading> ReadAsync(string ns, string selector, MetricSpec metric, CancellationToken cancellation)
    {
        try
        {
            return metric switch
            {
                { Type: "Resource", Resource: { } source } => await ResourceAsync(ns, selector, source, cancellation),
                { Type: "ContainerResource", ContainerResource: { } source } => await ResourceAsync(ns, selector, source, cancellation),
                { Type: "Pods", Pods: { } source } => await PodsAsync(ns, selector, source, cancellation),
                { Type: "Object", Object: { DescribedObject: { } about } source } => await ObjectAsync(ns, about, source, cancellation),
                { Type: "External", External: { } source } => await ExternalAsync(ns, source, cancellation),
                _ => new MetricReading.Failed($"unknown metric source type \"{metric.Type}\""),
            };
        }
        catch (Exception e) when (e is ApiException or JsonException)
        {
            return new MetricReading.Failed($"{What(ns, metric)}: {e.Message}");
        }
    }

    private async Task<MetricReading> ResourceAsync(string ns, string selector, ResourceSource source, CancellationToken cancellation)
    {
        var list = await GetAsync($"/apis/metrics.k8s.io/v1beta1/namespaces/{ns}/pods?labelSelector={Uri.EscapeDataString(selector)}", cancellation);
        var samples = new Dictionary<string, PodSample>(StringComparer.Ordinal);
        foreach (var pod in list.Objects("items"))
        {
            var counted = pod.Objects("containers").Where(c => source.Container is null || c.Text("name") == source.Container).ToList();
            var amounts = counted.Select(c => c.Object("usage")?.Text(source.Name)).ToList();
            // A pod of which a part is not known would seem to use too little.
            if (counted.Count > 0 && amounts.TrueForAll(amount => Quantity.TryParse(amount, out _)))
                samples[pod.Name] = new(amounts.Sum(amount => Quantity.Parse(amount!).ToMilli()), TimeOf(pod), WindowOf(pod));
        }
        return samples.Count > 0
            ? new MetricReading.OfPods(samples)
            : new MetricReading.Failed($"unable to get metrics for resource {source.Name}: no metrics returned from resource metrics API");
    }

    private async Task<MetricReading> PodsAsync(string ns, string selector, MetricSource source, CancellationToken cancellation)
    {
        var root = await RootAsync(Custom, cancellation);
        var list = await GetAsync($"{root}/namespaces/{ns}/pods/*/{Uri.EscapeDataString(source.Metric.Name)}?labelSelector={Uri.EscapeDataString(selector)}{MetricSelector(source, "&metricLabelSelector=")}", cancellation);
        var samples = new Dictionary<string, PodSample>(StringComparer.Ordinal);
        foreach (var item in list.Objects("items"))
            if (item.Object("describedObject")?.Text("name") is { } name && Quantity.TryParse(item.Text("value"), out var value))
                samples[name] = new(value.ToMilli(), TimeOf(item), item.Integer("windowSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : UsualWindow);
        return samples.Count > 0
            ? new MetricReading.OfPods(samples)
            : new MetricReading.Failed($"unable to get metric {source.Metric.Name}: no metrics returned from custom metrics API");
    }

    private async Task<MetricReading> ObjectAsync(string ns, ObjectReference about, MetricSource source, CancellationToken cancellation)
    {
        var root = await RootAsync(Custom, cancellation);
        var (metric, selector) = (Uri.EscapeDataString(source.Metric.Name), MetricSelector(source, "?metricLabelSelector="));
        string path;
        if (about is { Kind: "Namespace", Group: "" })
        {
            path = $"{root}/namespaces/{about.Name}/metrics/{metric}{selector}";
        }
        else
        {
            var served = await ResourceDiscovery.DiscoverAsync(api, cancellation);
            var resource = served.Resources.FirstOrDefault(r => r.Group == about.Group && r.Kind == about.Kind)
                ?? throw new ApiException(404, "NotFound", $"no matches for kind \"{about.Kind}\" in group \"{about.Group}\"");
            path = $"{root}/{(resource.Namespaced ? $"namespaces/{ns}/" : "")}{resource.Name}/{Uri.EscapeDataString(about.Name)}/{metric}{selector}";
        }
        return (await GetAsync(path, cancellation)).Objects("items").FirstOrDefault() is { } item && Quantity.TryParse(item.Text("value"), out var value)
            ? new MetricReading.OfWhole(value.ToMilli())
            : new MetricReading.Failed($"unable to get metric {source.Metric.Name}: {about.Kind} on {ns} {about.Name}/no metrics returned from custom metrics API");
    }

    private async Task<MetricReading> ExternalAsync(string ns, MetricSource source, CancellationToken cancellation)
    {
        var root = await RootAsync(External, cancellation);
        var items = (await GetAsync($"{root}/namespaces/{ns}/{Uri.EscapeDataString(source.Metric.Name)}{MetricSelector(source, "?labelSelector=")}", cancellation)).Objects("items").ToList();
        return items.Count > 0
            ? new MetricReading.OfWhole(items.Sum(item => Quantity.TryParse(item.Text("value"), out var value) ? value.ToMilli() : 0))
            : new MetricReading.Failed($"unable to get external metric {ns}/{source.Metric.Name}: no metrics returned from external metrics API");
    }

    // Whoever serves it chooses the version.
    private async Task<string> RootAsync(string group, CancellationToken cancellation)
    {
        try
        {
            var described = await GetAsync($"/apis/{group}", cancellation);
            return $"/apis/{described.Object("preferredVersion")?.Text("groupVersion") ?? $"{group}/v1beta1"}";
        }
        catch (ApiException e) when (e.Code == 404)
        {
            throw new ApiException(404, "NotFound", $"no {(group == Custom ? "custom" : "external")} metrics API ({group}) registered");
        }
    }

    private async Task<JsonObject> GetAsync(string path, CancellationToken cancellation) =>
        JsonNode.Parse((await api.SendForBodyAsync(new("GET", path), cancellation)).Span) as JsonObject ?? throw new JsonException($"{path} was not answered with an object");

    private static string MetricSelector(MetricSource source, string parameter) =>
        source.Metric.Selector is { } selector && LabelSelectorText.Of(selector) is { Length: > 0 } text ? parameter + Uri.EscapeDataString(text) : "";

    private static string What(string ns, MetricSpec metric) => metric.Type switch
    {
        "Resource" or "ContainerResource" => $"unable to get metrics for resource {(metric.Resource ?? metric.ContainerResource)?.Name}: unable to fetch metrics from resource metrics API",
        "Pods" => $"unable to get metric {metric.Pods?.Metric.Name}: unable to fetch metrics from custom metrics API",
        "Object" => $"unable to get metric {metric.Object?.Metric.Name}: {metric.Object?.DescribedObject?.Kind} on {ns} {metric.Object?.DescribedObject?.Name}/unable to fetch metrics from custom metrics API",
        _ => $"unable to get external metric {ns}/{metric.External?.Metric.Name}: unable to fetch metrics from external metrics API",
    };

    private static DateTime TimeOf(JsonObject item) =>
        DateTimeOffset.TryParse(item.Text("timestamp"), CultureInfo.InvariantCulture, out var time) ? time.UtcDateTime : DateTime.MinValue;

    // A duration as Go writes it; metrics have windows of seconds or minutes.
    private static TimeSpan WindowOf(JsonObject item)
    {
        var text = item.Text("window") ?? "";
        var minutes = text.IndexOf('m') is var mark and >= 0 && double.TryParse(text[..mark], CultureInfo.InvariantCulture, out var whole) ? whole : 0;
        var rest = text[(text.IndexOf('m') + 1)..].TrimEnd('s');
        return double.TryParse(rest, CultureInfo.InvariantCulture, out var seconds) || minutes > 0 ? TimeSpan.FromSeconds(minutes * 60 + seconds) : UsualWindow;
    }
}
