using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Tests.Documents;

public sealed class MetaTests
{
    [Fact]
    public void AbsentMetadataReadsAsEmpty()
    {
        var document = new JsonObject();
        Assert.Equal(("", "", "", 0L), (document.Name, document.Uid, document.Kind, document.Generation));
        Assert.Null(document.Labels);
        Assert.Empty(document.Finalizers);
        Assert.False(document.IsBeingDeleted);
        Assert.Equal("{}", Json.Text(document));
    }

    [Fact]
    public void SettingWritesAndEmptyTextRemoves()
    {
        var document = new JsonObject
        {
            Name = "x",
            Namespace = "y",
            CreationTimestamp = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)),
            Finalizers = ["a/b"],
        };
        Assert.Equal("""{"metadata":{"name":"x","namespace":"y","creationTimestamp":"2026-01-02T01:04:05Z","finalizers":["a/b"]}}""", Json.Text(document));
        Assert.Equal(new ObjectKey("y", "x"), document.Key);
        document.Namespace = "";
        document.Finalizers = [];
        document.CreationTimestamp = null;
        Assert.Equal("""{"metadata":{"name":"x"}}""", Json.Text(document));
    }

    [Fact]
    public void TimesHaveThePrecisionOfTheirType()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero).AddMicroseconds(9);
        Assert.Equal("2026-01-02T03:04:05Z", Meta.FormatTime(time));
        Assert.Equal("2026-01-02T03:04:05.678009Z", Meta.FormatMicroTime(time));
        Assert.Equal(time, Meta.ParseTime("2026-01-02T05:04:05.678009+02:00"));
        Assert.Null(Meta.ParseTime("yesterday"));
    }
}
