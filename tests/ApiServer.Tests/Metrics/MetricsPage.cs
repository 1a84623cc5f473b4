using System.Globalization;

namespace Slipway.ApiServer.Tests.Metrics;

/// <summary>What a server tells at <c>/metrics</c> at one moment.</summary>
internal sealed class MetricsPage(string text)
{
    private readonly string[] _lines = text.Split('\n');

    public static async Task<MetricsPage> ReadAsync(TestApi api) => new((await api.GetAsync("/metrics", "text/plain")).Expect(200).Body);

    /// <summary>Whether a metric is told of, with or without figures.</summary>
    public bool Has(string metric) => _lines.Any(line => line.StartsWith($"# TYPE {metric} ", StringComparison.Ordinal));

    /// <summary>The sum of the figures of a name that have these labels, such as <c>verb="GET"</c>; null when there are none.</summary>
    public double? Sum(string name, params string[] labels)
    {
        double? sum = null;
        foreach (var line in _lines)
        {
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not ('{' or ' ')) continue;
            var end = line.LastIndexOf(' ');
            var told = line[name.Length..end].Trim('{', '}').Split(',');
            if (labels.All(told.Contains)) sum = (sum ?? 0) + double.Parse(line[end..], NumberStyles.Float, CultureInfo.InvariantCulture);
        }
        return sum;
    }
}
