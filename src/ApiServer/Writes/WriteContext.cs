using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Writes;

/// <summary>What to do about fields that the schema does not know.</summary>
internal enum FieldValidation { Ignore, Warn, Strict }

/// <summary>One write request and what is known of it before the document is read.</summary>
internal sealed class WriteContext
{
    public WriteContext(ServedResource resource, RequestPath path, Query query, ApiRequest request, UserInfo user, Presenter presenter)
    {
        Resource = resource;
        Path = path;
        Query = query;
        Request = request;
        User = user;
        Presenter = presenter;
        DryRun = ParseDryRun(query);
        FieldValidation = query["fieldValidation"] switch
        {
            null or "" or "Warn" => FieldValidation.Warn,
            "Strict" => FieldValidation.Strict,
            "Ignore" => FieldValidation.Ignore,
            var other => throw ApiException.BadRequest($"fieldValidation={other} is not one of Ignore, Warn, Strict"),
        };
    }

    public ServedResource Resource { get; }
    public RequestPath Path { get; }
    public Query Query { get; }
    public ApiRequest Request { get; }
    public UserInfo User { get; }
    public Presenter Presenter { get; }

    /// <summary>Whether everything but the commit is done.</summary>
    public bool DryRun { get; }

    public FieldValidation FieldValidation { get; }

    /// <summary>What the client is warned of in <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Warns the client, of each thing once.</summary>
    public void Warn(string warning)
    {
        lock (Warnings)
            if (!Warnings.Contains(warning)) Warnings.Add(warning);
    }

    /// <summary>What admission tells the audit log, by key.</summary>
    public Dictionary<string, string> AuditAnnotations { get; } = [];

    /// <summary>Tells the audit log something, under a key.</summary>
    public void Annotate(string key, string value)
    {
        lock (AuditAnnotations) AuditAnnotations[key] = value;
    }

    public ResourceType Type => Resource.Type;

    /// <summary>409 because somebody else has written the object.</summary>
    public ApiException Conflict(string name) => ApiException.Conflict(
        Type.Group, Type.Plural, name, "the object has been modified; please apply your changes to the latest version and try again");

    public ApiException NotFound(string name) => ApiException.NotFound(Type.Group, Type.Plural, name);

    public ApiException Invalid(string name, IReadOnlyList<StatusCause> causes) => ApiException.Invalid(Type.Group, Type.Kind, name, causes);

    /// <summary>The <c>Warning</c> headers (RFC 7234, section 5.5) of the answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> WarningHeaders() => Warnings.Count == 0
        ? []
        : [.. Warnings.Select(w => new KeyValuePair<string, string>("Warning", $"299 - \"{w.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""))];

    /// <summary>The options document of the request, such as <c>DeleteOptions</c>; empty when there is none.</summary>
    public JsonObject OptionsBody() =>
        Request.Body.IsEmpty ? [] : Wire.RequestDocument.Read(Request);

    private static bool ParseDryRun(Query query)
    {
        foreach (var value in query.All("dryRun"))
        {
            if (value == "All") return true;
            if (value.Length > 0)
                throw ApiException.Invalid("meta.k8s.io", "Options", "", [StatusCause.NotSupported("dryRun", $"\"{value}\"", ["All"])]);
        }
        return false;
    }
}
