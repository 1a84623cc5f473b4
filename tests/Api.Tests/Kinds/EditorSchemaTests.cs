using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class EditorSchemaTests
{
    [Theory]
    [InlineData("flow")]
    [InlineData("Flow")]
    [InlineData("flows")]
    public void Editors_get_the_schema_of_a_kind(string name)
    {
        var schema = EditorSchema.Of(name)!;
        Assert.Equal("slipway.dev/v1alpha1", (string?)schema["properties"]!["apiVersion"]!["const"]);
        var task = schema["properties"]!["spec"]!["properties"]!["tasks"]!["items"]!;
        Assert.Equal(("string", false), ((string?)task["properties"]!["name"]!["type"], (bool)task["additionalProperties"]!));
        Assert.Equal(["integer", "string"], task["properties"]!["resources"]!["properties"]!["memory"]!["type"]!.AsArray().Select(t => (string?)t));
        Assert.Null(task["properties"]!["forEach"]!["type"]);
        Assert.DoesNotContain("x-kubernetes", schema.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_own_kinds_have_one()
    {
        Assert.Equal(["artifactstore", "flow", "flowbackfill", "flowrun", "flowtest", "lineagesink"], EditorSchema.Kinds);
        Assert.Null(EditorSchema.Of("pod"));
    }
}
