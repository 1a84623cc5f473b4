using Slipway.Api.Conversions;

namespace Slipway.Api.Tests;

public sealed class EventConversionTests
{
    [Fact]
    public void EventsKeepEverythingBothWays()
    {
        const string core = """
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"involvedObject":{"name":"p"},"reason":"r","message":"m","source":{"component":"c"},
             "firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:00Z","count":2,"type":"Normal","eventTime":null,
             "series":{"count":1},"action":"a","related":{"name":"q"},"reportingComponent":"x","reportingInstance":"y"}
            """;
        var events = EventConversion.FromCore(Json.Node(core)!.AsObject());
        Json.AssertEqual("""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},"regarding":{"name":"p"},"reason":"r","note":"m","deprecatedSource":{"component":"c"},
             "deprecatedFirstTimestamp":"2026-01-01T00:00:00Z","deprecatedLastTimestamp":"2026-01-01T00:00:00Z","deprecatedCount":2,"type":"Normal","eventTime":null,
             "series":{"count":1},"action":"a","related":{"name":"q"},"reportingController":"x","reportingInstance":"y"}
            """, events);
        Json.AssertEqual(core, EventConversion.ToCore(events));
    }

    [Theory]
    [InlineData("regarding.name", "involvedObject.name")]
    [InlineData("reportingController", "reportingComponent")]
    [InlineData("reason", "reason")]
    [InlineData("metadata.name", "metadata.name")]
    public void SelectorPathsAreConverted(string path, string core) => Assert.Equal(core, EventConversion.CorePath(path));
}
