using Slipway.Api.Cel;

namespace Slipway.ApiServer.Admission.Expressions;

/// <summary>
/// Types of what expressions read of a request, so that a misspelt field is found when the expression is written
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-expression"/>).
/// </summary>
internal static class RequestTypes
{
    private static readonly CelType TextToText = CelType.Map(CelType.String, CelType.String);

    private static readonly CelType Kind = Texts("kubernetes.GroupVersionKind", "group", "version", "kind");

    private static readonly CelType Resource = Texts("kubernetes.GroupVersionResource", "group", "version", "resource");

    private static readonly CelType User = Fields("kubernetes.UserInfo",
    [
        ("username", CelType.String), ("uid", CelType.String), ("groups", CelType.List(CelType.String)), ("extra", CelType.Map(CelType.String, CelType.List(CelType.String))),
    ]);

    /// <summary>The variable <c>request</c>.</summary>
    public static CelType Request { get; } = Fields("kubernetes.AdmissionRequest",
    [
        ("kind", Kind), ("resource", Resource), ("subResource", CelType.String), ("requestKind", Kind), ("requestResource", Resource), ("requestSubResource", CelType.String),
        ("name", CelType.String), ("namespace", CelType.String), ("operation", CelType.String), ("userInfo", User), ("dryRun", CelType.Bool), ("options", CelType.Dyn),
    ]);

    /// <summary>The variable <c>namespaceObject</c>.</summary>
    public static CelType Namespace { get; } = Fields("kubernetes.Namespace",
    [
        ("metadata", Fields("kubernetes.NamespaceMetadata",
        [
            ("name", CelType.String), ("generateName", CelType.String), ("namespace", CelType.String), ("labels", TextToText), ("annotations", TextToText), ("UID", CelType.String),
            // Times are texts in documents.
            ("creationTimestamp", CelType.Dyn), ("deletionGracePeriodSeconds", CelType.Int), ("deletionTimestamp", CelType.Dyn), ("generation", CelType.Int),
            ("resourceVersion", CelType.String), ("finalizers", CelType.List(CelType.String)),
        ])),
        ("spec", Fields("kubernetes.NamespaceSpec", [("finalizers", CelType.List(CelType.String))])),
        ("status", Fields("kubernetes.NamespaceStatus", [("phase", CelType.String)])),
    ]);

    private static CelType Texts(string name, params string[] fields) => Fields(name, [.. fields.Select(f => (f, CelType.String))]);

    private static CelType Fields(string name, IEnumerable<(string Name, CelType Type)> fields) => CelType.Object(name, fields.ToDictionary(f => f.Name, f => f.Type));
}
