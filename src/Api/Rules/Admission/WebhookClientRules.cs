using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Admission;

/// <summary>The rules of where a webhook is called: at a URL, or at a service of the cluster.</summary>
internal static class WebhookClientRules
{
    private const string UrlForm = "; desired format: https://host[/path]";

    public static void Validate(JsonObject? config, string path, List<StatusCause> causes)
    {
        var (url, service) = (config?.Text("url"), config?.Object("service"));
        if ((url is null) == (service is null))
        {
            causes.Add(StatusCause.Required(path, "exactly one of url or service is required"));
            return;
        }
        if (url is not null) Url(url, $"{path}.url", causes);
        if (service is not null) Service(service, $"{path}.service", causes);
    }

    private static void Url(string text, string path, List<StatusCause> causes)
    {
        if (!Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var url))
        {
            causes.Add(StatusCause.Required(path, $"url must be a valid URL: {text}{UrlForm}"));
            return;
        }
        if (!url.IsAbsoluteUri || url.Scheme != "https") causes.Add(StatusCause.Invalid(path, Quote(url.IsAbsoluteUri ? url.Scheme : ""), $"'https' is the only allowed URL scheme{UrlForm}"));
        if (!url.IsAbsoluteUri || url.Host.Length == 0)
        {
            causes.Add(StatusCause.Invalid(path, "\"\"", $"host must be specified{UrlForm}"));
            return;
        }
        if (url.UserInfo.Length > 0) causes.Add(StatusCause.Invalid(path, Quote(url.UserInfo), "user information is not permitted in the URL"));
        if (url.Fragment.Length > 0) causes.Add(StatusCause.Invalid(path, Quote(url.Fragment.TrimStart('#')), "fragments are not permitted in the URL"));
        if (url.Query.Length > 0) causes.Add(StatusCause.Invalid(path, Quote(url.Query.TrimStart('?')), "query parameters are not permitted in the URL"));
    }

    private static void Service(JsonObject service, string path, List<StatusCause> causes)
    {
        Required(service, "name", path, causes, "service name is required");
        Required(service, "namespace", path, causes, "service namespace is required");
        if (service.Integer("port") is { } port && port is < 1 or > 65535) causes.Add(StatusCause.Invalid($"{path}.port", service["port"].Shown(), "port is not valid: must be between 1 and 65535, inclusive"));
        if (service.Text("path") is not { } text || text == "/") return;
        if (!text.StartsWith('/')) causes.Add(StatusCause.Invalid($"{path}.path", Quote(text), "must start with a '/'"));
        var steps = text.TrimStart('/').TrimEnd('/').Split('/');
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Length == 0) causes.Add(StatusCause.Invalid($"{path}.path", Quote(text), $"segment[{i}] may not be empty"));
            else if (Names.SubdomainError(steps[i]) is { } error) causes.Add(StatusCause.Invalid($"{path}.path", Quote(text), $"segment[{i}]: {error}"));
        }
    }
}
