using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Admission.Expressions;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>A mutating policy, compiled (<see href="https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/"/>).</summary>
/// <param name="Basis">What it has in common with validating policies.</param>
/// <param name="Mutations">What it changes, in order.</param>
/// <param name="IsReinvoked">Whether it is asked again when the object has been changed after it.</param>
internal sealed record MutatingPolicy(AdmissionPolicy Basis, IReadOnlyList<PolicyMutation> Mutations, bool IsReinvoked) : AdmissionPolicy(Basis)
{
    public static MutatingPolicy Read(JsonObject policy)
    {
        var (basis, spec) = (ReadBasis(policy), policy.Object("spec") ?? []);
        var environment = basis.Environment.WithPatches();
        return new(basis, [.. spec.Objects("mutations").Select(m => PolicyMutation.Read(m, environment))], spec.Text("reinvocationPolicy") == "IfNeeded");
    }
}

/// <summary>One change of an object.</summary>
/// <param name="Expression">Makes what is put over the object, or the patch.</param>
/// <param name="IsPatch">Whether it makes a JSON patch, and not an apply configuration.</param>
internal sealed record PolicyMutation(AdmissionExpression Expression, bool IsPatch)
{
    public static PolicyMutation Read(JsonObject mutation, CelEnvironment environment) => mutation.Text("patchType") == "JSONPatch"
        ? new(AdmissionExpression.Compile(environment, mutation.Object("jsonPatch")?.Text("expression") ?? "", CelPatches.Patch), true)
        : new(AdmissionExpression.Compile(environment, mutation.Object("applyConfiguration")?.Text("expression") ?? "", CelPatches.Configuration), false);

    /// <summary>The changed object. The argument stays as it is.</summary>
    /// <param name="schema">The object's schema.</param>
    /// <param name="document">The object.</param>
    /// <param name="made">What the expression made.</param>
    /// <exception cref="FormatException">It does not fit the object; the policy's failure policy says what that means.</exception>
    /// <exception cref="ApiException">What comes out is not an object of the kind.</exception>
    public JsonObject Apply(Schema schema, JsonObject document, CelValue made) => IsPatch ? Patch(schema, document, CelPatches.PatchOf(made)) : Merge(schema, document, CelPatches.ConfigurationOf(made));

    private static JsonObject Merge(Schema schema, JsonObject document, JsonObject configuration)
    {
        configuration.ApiVersion = document.ApiVersion;
        configuration.Kind = document.Kind;
        try
        {
            return ConfigurationOverlay.Merge(schema, document, configuration);
        }
        catch (FormatException e)
        {
            throw new FormatException($"error applying patch: {e.Message}");
        }
    }

    private static JsonObject Patch(Schema schema, JsonObject document, JsonArray patch)
    {
        JsonNode? patched;
        try
        {
            // A test that fails means that there is nothing to do.
            if (!JsonPatch.TryApply(document, patch, out patched, out _)) return document;
        }
        catch (ApiException e)
        {
            throw new FormatException($"JSON Patch: {e.Message.Replace(JsonPatch.Refused, "", StringComparison.Ordinal)}");
        }
        if (patched is not JsonObject changed || changed.Kind != document.Kind || changed.ApiVersion != document.ApiVersion)
            throw ApiException.Internal($"Internal error occurred: the patch leaves no {document.ApiVersion}, Kind={document.Kind}");
        if (schema.IsBuiltIn && UnknownFields.Find(schema, changed) is { Count: > 0 } unknown)
            throw ApiException.Internal($"Internal error occurred: strict decoding error: {StrictErrors.Text([.. unknown.Select(f => new StrictError(f))])}");
        return changed;
    }
}
