using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Audit;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Writes;

/// <summary>What to do about fields that the schema does not know.</summary>
internal enum FieldValidation { Ignore, Warn, Strict }

/// <summary>One write request and what is known of it before the document is read.</summary>
internal sealed class WriteContext
{
    public WriteContext(ServedResource resource, RequestPath path, Query query, ApiRequest request, UserInfo user, Presenter presenter, AuditAnnotations? audit = null)
    {
        Resource = resource;
        Path = path;
        Query = query;
        Request = request;
        User = user;
        Presenter = presenter;
        Audit = audit;
        // The parameters of what is passed on are another's.
        if (!path.IsConnection && request.Method is ("POST" or "PUT" or "PATCH" or "DELETE")) (DryRun, FieldValidation) = ReadOptions();
    }

    public ServedResource Resource { get; }
    public RequestPath Path { get; }
    public Query Query { get; }
    public ApiRequest Request { get; }
    public UserInfo User { get; }
    public Presenter Presenter { get; }

    /// <summary>Whether everything but the commit is done.</summary>
    public bool DryRun { get; set; }

    public FieldValidation FieldValidation { get; }

    /// <summary>The parameter that names the field manager.</summary>
    public string? FieldManager => Query["fieldManager"];

    /// <summary>Whether the request is a server-side apply.</summary>
    public bool IsApply => Request.Method == "PATCH" && Request.ContentType.StartsWith(MediaTypes.ApplyPatch, StringComparison.Ordinal);

    /// <summary>What the client is warned of in <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Warns the client, of each thing once.</summary>
    public void Warn(string warning)
    {
        lock (Warnings)
            if (!Warnings.Contains(warning)) Warnings.Add(warning);
    }

    /// <summary>How long webhooks of admission have been waited for.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>What the audit log is told; null when it does not record the request.</summary>
    public AuditAnnotations? Audit { get; }

    /// <summary>Tells the audit log something, under a key.</summary>
    public void Annotate(string key, string value) => Audit?.Set(key, value);

    /// <summary>Fields that the body gives twice, as sentences.</summary>
    public List<string> Duplicates { get; } = [];

    public ResourceType Type => Resource.Type;

    /// <summary>409 because somebody else has written the object.</summary>
    public ApiException Conflict(string name) => ApiException.Conflict(
        Type.Group, Type.Plural, name, "the object has been modified; please apply your changes to the latest version and try again");

    public ApiException NotFound(string name) => ApiException.NotFound(Type.Group, Type.Plural, name);

    public ApiException Invalid(string name, IReadOnlyList<StatusCause> causes) => ApiException.Invalid(Type.Group, Type.Kind, name, causes);

    /// <summary>The <c>Warning</c> headers of the answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> WarningHeaders() => Writes.WarningHeaders.Of(Warnings);

    /// <summary>The options document of the request, such as <c>DeleteOptions</c>; empty when there is none.</summary>
    public JsonObject OptionsBody() =>
        Request.Body.IsEmpty ? [] : Wire.RequestDocument.Read(Request);

    // What the parameters of a write may be (https://kubernetes.io/docs/reference/using-api/api-concepts/#making-requests-to-kubernetes).
    private (bool DryRun, FieldValidation Validation) ReadOptions()
    {
        var causes = new List<StatusCause>();
        var dryRun = Query.All("dryRun").Where(v => v.Length > 0).ToArray();
        if (dryRun.FirstOrDefault(v => v != "All") is not null)
            causes.Add(StatusCause.NotSupported("dryRun", $"[]string{{{string.Join(", ", dryRun.Select(v => $"\"{v}\""))}}}", ["All"]));
        var validation = FieldValidation.Warn;
        switch (Query["fieldValidation"])
        {
            case null or "" or "Warn": break;
            case "Strict": validation = FieldValidation.Strict; break;
            case "Ignore": validation = FieldValidation.Ignore; break;
            case var other: causes.Add(StatusCause.NotSupported("fieldValidation", $"\"{other}\"", ["", "Ignore", "Strict", "Warn"])); break;
        }
        causes.AddRange(FieldManagers.Errors(FieldManager, "fieldManager"));
        if (IsApply && string.IsNullOrEmpty(FieldManager)) causes.Add(StatusCause.Required("fieldManager", "is required for apply patch"));
        if (Request.Method == "PATCH" && !IsApply && Query["force"] is not null) causes.Add(StatusCause.Forbidden("force", "may not be specified for non-apply patch"));
        return causes.Count == 0 ? (dryRun.Length > 0, validation) : throw ApiException.Invalid("meta.k8s.io", OptionsKind, "", causes);
    }

    private string OptionsKind => Request.Method switch
    {
        "POST" => "CreateOptions",
        "PUT" => "UpdateOptions",
        "PATCH" => "PatchOptions",
        _ => "DeleteOptions",
    };
}
