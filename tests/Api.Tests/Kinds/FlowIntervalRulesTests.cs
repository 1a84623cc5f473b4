using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

/// <summary>Times of runs and backfills. Schemas hold them to a pattern alone; what models cannot read nobody would ever work on.</summary>
public sealed class FlowIntervalRulesTests
{
    private const string NoTime = "is no time that there can be; write it as 2026-01-31T06:00:00Z or 2026-01-31T06:00:00+01:00";

    [Theory]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-02T00:00:00+01:00", null, null)]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000+01:00", "end", "must be later than start")]
    [InlineData("2026-01-01T00:00:00+99:99", "2026-01-02T00:00:00Z", "start", NoTime)]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-02T00:00:00x5Z", "end", NoTime)]
    [InlineData("0001-01-01T00:00:00+01:00", "2026-01-02T00:00:00Z", "start", NoTime)]
    public void Of_a_run(string start, string end, string? field, string? detail) => Hold(new JsonObject
    {
        ["kind"] = nameof(FlowRun),
        ["spec"] = new JsonObject { ["flow"] = "f", ["interval"] = new JsonObject { ["start"] = start, ["end"] = end } },
    }, field is null ? null : $"spec.interval.{field}", detail, field == "start" ? start : end);

    [Theory]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-02T00:00:00+01:00", null, null)]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000+01:00", "to", "must be later than from")]
    [InlineData("2026-01-01T00:00:00+99:99", "2026-01-02T00:00:00Z", "from", NoTime)]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-02T00:00:00x5Z", "to", NoTime)]
    public void Of_a_backfill(string from, string to, string? field, string? detail) => Hold(new JsonObject
    {
        ["kind"] = nameof(FlowBackfill),
        ["spec"] = new JsonObject { ["flow"] = "f", ["from"] = from, ["to"] = to },
    }, field is null ? null : $"spec.{field}", detail, field == "from" ? from : to);

    private static void Hold(JsonObject document, string? field, string? detail, string value) =>
        Assert.Equal(field is null ? [] : [StatusCause.Invalid(field, $"\"{value}\"", detail!)], OwnKindRules.Check(null, document));
}
