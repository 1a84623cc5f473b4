using System.Text;
using System.Text.Json.Nodes;
using Slipway.ApiServer.OpenApi;

namespace Slipway.ApiServer.Tests.Aggregation;

public sealed class SwaggerConversionTests
{
    [Theory]
    [InlineData("""{"parameters":[{"name":"pretty","in":"query","type":"string","uniqueItems":true,"description":"d"}]}""",
        """{"parameters":[{"name":"pretty","in":"query","description":"d","schema":{"type":"string","uniqueItems":true}}]}""")]
    [InlineData("""{"parameters":[{"name":"names","in":"query","type":"array","items":{"type":"string"},"collectionFormat":"multi"}]}""",
        """{"parameters":[{"name":"names","in":"query","schema":{"type":"array","items":{"type":"string"}}}]}""")]
    [InlineData("""{"post":{"consumes":["application/json","application/yaml"],"produces":["application/json"],"schemes":["https"],"operationId":"o","parameters":[{"name":"body","in":"body","required":true,"schema":{"$ref":"#/definitions/F"}},{"name":"dryRun","in":"query","type":"string"}],"responses":{"201":{"description":"Created","schema":{"$ref":"#/definitions/F"}},"401":{"description":"Unauthorized"}},"x-kubernetes-action":"post"}}""",
        """{"post":{"operationId":"o","parameters":[{"name":"dryRun","in":"query","schema":{"type":"string"}}],"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/F"}},"application/yaml":{"schema":{"$ref":"#/components/schemas/F"}}},"required":true},"responses":{"201":{"description":"Created","content":{"application/json":{"schema":{"$ref":"#/components/schemas/F"}}}},"401":{"description":"Unauthorized"}},"x-kubernetes-action":"post"}}""")]
    [InlineData("""{"get":{"responses":{"200":{"schema":{"type":"string"}},"default":5}}}""",
        """{"get":{"responses":{"200":{"content":{"*/*":{"schema":{"type":"string"}}}},"default":5}}}""")]
    [InlineData("""{"get":{"parameters":[null,7],"responses":[]},"put":5,"x-any":[{"$ref":"#/definitions/F"}]}""",
        """{"get":{"parameters":[],"responses":[]},"put":5,"x-any":[{"$ref":"#/components/schemas/F"}]}""")]
    public void A_path_is_written_in_the_words_of_the_third_version(string path, string expected) =>
        Assert.Equal(expected, Convert($$$"""{"paths":{"/apis/g.io/v1/fs":{{{path}}} },"definitions":{} }""")["paths"]!["/apis/g.io/v1/fs"]!.ToJsonString());

    [Fact]
    public void Definitions_become_schemas()
    {
        var document = Convert("""
            {"paths":{"/apis/g.io/v1/fs":{"get":{"responses":{"200":{"schema":{"$ref":"#/definitions/F"}}}}}},
             "definitions":{"F":{"type":"object","properties":{"$ref":{"type":"string"},"g":{"type":"array","items":{"$ref":"#/definitions/G"}}}},"G":{"type":"string","enum":["#/definitions/F"]}}}
            """);
        Assert.Equal("3.0.0", (string?)document["openapi"]);
        Assert.Equal("""{"F":{"type":"object","properties":{"$ref":{"type":"string"},"g":{"type":"array","items":{"$ref":"#/components/schemas/G"}}}},"G":{"type":"string","enum":["#/definitions/F"]}}""",
            document["components"]!["schemas"]!.ToJsonString());
    }

    private static JsonNode Convert(string swagger) =>
        JsonNode.Parse(SwaggerConversion.ToV3(SwaggerPart.Cut(Encoding.UTF8.GetBytes(swagger), "g.io", "v1"), "g.io/v1", "v1").Inflate())!;
}
