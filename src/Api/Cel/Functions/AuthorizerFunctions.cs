using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>What an expression asks about: may the user of the request, or a service account, do this?</summary>
public sealed record CelAuthorizationQuery
{
    /// <summary>The service account that is asked about; null for the user of the request.</summary>
    public (string Namespace, string Name)? ServiceAccount { get; init; }

    /// <summary>The path of a request for no resource; null for one for a resource.</summary>
    public string? Path { get; init; }

    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>A field selector of lists and watches, as it is written in a request; empty for none.</summary>
    public string FieldSelector { get; init; } = "";

    /// <summary>A label selector of lists and watches, as it is written in a request; empty for none.</summary>
    public string LabelSelector { get; init; } = "";

    public string Verb { get; init; } = "";
}

/// <summary>The answer.</summary>
/// <param name="Allowed">Whether it is allowed.</param>
/// <param name="Reason">Why, if the authorizer says.</param>
/// <param name="Error">Why it could not be decided; empty if it could.</param>
public readonly record struct CelAuthorizationDecision(bool Allowed, string Reason = "", string Error = "");

/// <summary>Answers what expressions ask. Called while an expression is evaluated.</summary>
public interface ICelAuthorizer
{
    CelAuthorizationDecision Decide(CelAuthorizationQuery query);
}

/// <summary>
/// The variables <c>authorizer</c> and <c>authorizer.requestResource</c> of admission and webhooks
/// (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library"/>).
/// </summary>
public static class CelAuthorizer
{
    /// <summary>Type of the variable <c>authorizer</c>.</summary>
    public static CelType Type { get; } = CelType.Opaque("kubernetes.authorization.Authorizer");

    /// <summary>Type of the variable <c>authorizer.requestResource</c>.</summary>
    public static CelType ResourceCheckType { get; } = CelType.Opaque("kubernetes.authorization.ResourceCheck");

    /// <summary>Value of the variable <c>authorizer</c>.</summary>
    public static CelValue Of(ICelAuthorizer authorizer) => AuthorizerFunctions.Value(Type, authorizer, new CelAuthorizationQuery());

    /// <summary>Value of the variable <c>authorizer.requestResource</c>: the resource of the request.</summary>
    public static CelValue ResourceOf(ICelAuthorizer authorizer, CelAuthorizationQuery resource) => AuthorizerFunctions.Value(ResourceCheckType, authorizer, resource);
}

/// <summary>The functions over them.</summary>
internal static class AuthorizerFunctions
{
    private static readonly CelType Authorizer = CelAuthorizer.Type;
    private static readonly CelType ResourceCheck = CelAuthorizer.ResourceCheckType;
    private static readonly CelType PathCheck = CelType.Opaque("kubernetes.authorization.PathCheck");
    private static readonly CelType GroupCheck = CelType.Opaque("kubernetes.authorization.GroupCheck");
    private static readonly CelType Decision = CelType.Opaque("kubernetes.authorization.Decision");

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Member("path", "authorizer_path", [Authorizer, CelType.String], PathCheck, Path),
        Builder("group", Authorizer, GroupCheck, (q, text) => q with { Group = text }),
        Builder("resource", GroupCheck, ResourceCheck, (q, text) => q with { Resource = text }),
        Builder("subresource", ResourceCheck, ResourceCheck, (q, text) => q with { Subresource = text }),
        Builder("namespace", ResourceCheck, ResourceCheck, (q, text) => q with { Namespace = text }),
        Builder("name", ResourceCheck, ResourceCheck, (q, text) => q with { Name = text }),
        Builder("fieldSelector", ResourceCheck, ResourceCheck, (q, text) => q with { FieldSelector = text }),
        Builder("labelSelector", ResourceCheck, ResourceCheck, (q, text) => q with { LabelSelector = text }),
        Member("serviceAccount", "authorizer_serviceaccount", [Authorizer, CelType.String, CelType.String], Authorizer, ServiceAccount),
        Member("check", "pathcheck_check", [PathCheck, CelType.String], Decision, Check),
        Member("check", "resourcecheck_check", [ResourceCheck, CelType.String], Decision, Check),
        Member("allowed", "decision_allowed", [Decision], CelType.Bool, (_, a) => CelBool.Of(a[0].Opaque<CelAuthorizationDecision>().Allowed)),
        Member("reason", "decision_reason", [Decision], CelType.String, (_, a) => new CelString(a[0].Opaque<CelAuthorizationDecision>().Reason)),
        Member("errored", "decision_errored", [Decision], CelType.Bool, (_, a) => CelBool.Of(a[0].Opaque<CelAuthorizationDecision>().Error.Length > 0)),
        Member("error", "decision_error", [Decision], CelType.String, (_, a) => new CelString(a[0].Opaque<CelAuthorizationDecision>().Error)),
    ];

    public static CelValue Value(CelType type, ICelAuthorizer authorizer, CelAuthorizationQuery query) => new CelOpaque<Question>(type, new Question(authorizer, query));

    private static CelOverload Builder(string function, CelType from, CelType to, Func<CelAuthorizationQuery, string, CelAuthorizationQuery> with) =>
        Member(function, $"{from.Name}_{function}", [from, CelType.String], to, (_, a) =>
        {
            var question = a[0].Opaque<Question>();
            return Value(to, question.Authorizer, with(question.Query, a[1].Text()));
        });

    private static CelValue Path(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var (question, path) = (arguments[0].Opaque<Question>(), arguments[1].Text());
        return path.Length == 0 ? new CelError("path must not be empty") : Value(PathCheck, question.Authorizer, question.Query with { Path = path });
    }

    private static CelValue ServiceAccount(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var (question, space, name) = (arguments[0].Opaque<Question>(), arguments[1].Text(), arguments[2].Text());
        if (Rules.Names.LabelError(space) is { } wrongSpace) return new CelError($"Invalid service account namespace: {wrongSpace}");
        if (Rules.Names.SubdomainError(name) is { } wrongName) return new CelError($"Invalid service account name: {wrongName}");
        return Value(Authorizer, question.Authorizer, question.Query with { ServiceAccount = (space, name) });
    }

    private static CelValue Check(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var question = arguments[0].Opaque<Question>();
        return new CelOpaque<CelAuthorizationDecision>(Decision, question.Authorizer.Decide(question.Query with { Verb = arguments[1].Text() }));
    }

    private sealed record Question(ICelAuthorizer Authorizer, CelAuthorizationQuery Query);
}
