using System.Text;
using System.Text.Json;
using Slipway.Api.Selectors;

namespace Slipway.Api.Tests.Selectors;

public sealed class LabelSelectorConverterTests
{
    [Theory]
    [InlineData("""{"app":"web","tier":"db"}""", """{"matchLabels":{"app":"web","tier":"db"}}""")] // the form of services
    [InlineData("""{"matchLabels":{"app":"web"}}""", """{"matchLabels":{"app":"web"}}""")]
    [InlineData("{}", "{}")]
    [InlineData("""{"matchExpressions":[{"key":"a","operator":"In","values":["x"]},{"key":"b","operator":"Exists"}]}""", """{"matchLabels":{"a":"x"},"matchExpressions":[{"key":"b","operator":"Exists"}]}""")]
    [InlineData("""{"matchLabels":{"a":"x"},"matchExpressions":[{"key":"a","operator":"In","values":["y"]},{"key":"c","operator":"NotIn","values":["p","q"]}]}""",
        """{"matchLabels":{"a":"x"},"matchExpressions":[{"key":"a","operator":"In","values":["y"]},{"key":"c","operator":"NotIn","values":["p","q"]}]}""")]
    public void Both_forms_are_read_and_one_is_written(string text, string written)
    {
        var selector = Read(text);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            new LabelSelectorConverter().Write(writer, selector, JsonSerializerOptions.Default);
        Assert.Equal(written, Encoding.UTF8.GetString(buffer.ToArray()));
        Assert.Equal(selector.ToString(), Read(written).ToString());
    }

    [Fact]
    public void A_malformed_selector_is_malformed_json() =>
        Assert.Throws<JsonException>(() => Read("""{"matchExpressions":[{"key":"a","operator":"Like"}]}"""));

    private static LabelSelector Read(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        reader.Read();
        return new LabelSelectorConverter().Read(ref reader, typeof(LabelSelector), JsonSerializerOptions.Default)!;
    }
}
