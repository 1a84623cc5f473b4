using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Writes;

/// <summary>The body of a server-side apply.</summary>
internal static class ApplyConfiguration
{
    /// <summary>Reads the configuration and checks that it is one of a kind.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static JsonObject Read(WriteContext context, string apiVersion, string kind)
    {
        var configuration = Parse(context);
        if (configuration.ApiVersion != apiVersion || configuration.Kind != kind)
        {
            var given = configuration.ApiVersion.Contains('/') ? configuration.ApiVersion : "/" + configuration.ApiVersion;
            throw ApiException.BadRequest($"invalid object type: {given}, Kind={configuration.Kind}");
        }
        if (configuration["metadata"] is not (null or JsonObject)) throw ApiException.BadRequest("metadata: it must be an object");
        if (configuration.Object("metadata")?["managedFields"] is not null) throw ApiException.BadRequest("metadata.managedFields must be nil");
        return configuration;
    }

    // Clients send JSON as often as YAML, which is read much faster as what it is.
    private static JsonObject Parse(WriteContext context)
    {
        var body = context.Request.Body.Span;
        if (body.IsEmpty) throw ApiException.BadRequest("error decoding YAML: the body is empty");
        var start = body.IndexOfAnyExcept(" \t\r\n"u8);
        if (start >= 0 && body[start] == (byte)'{')
        {
            try
            {
                return DocumentReader.ParseJson(body, context.Duplicates);
            }
            catch (ApiException)
            {
                context.Duplicates.Clear();   // a mapping in YAML's flow style, perhaps
            }
        }
        try
        {
            return DocumentReader.Parse(context.Request.Body, MediaTypes.Yaml, context.Duplicates);
        }
        catch (ApiException e)
        {
            throw ApiException.BadRequest($"error decoding YAML: {e.Message}");
        }
    }
}
