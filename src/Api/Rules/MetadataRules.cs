using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules;

/// <summary>The rules of metadata that hold for every kind.</summary>
public static class MetadataRules
{
    private const int MaxAnnotationBytes = 256 * 1024;

    /// <summary>What is wrong with an object's metadata.</summary>
    /// <param name="document">The object.</param>
    /// <param name="namespaced">Whether objects of its kind live in namespaces.</param>
    /// <param name="nameError">The kind's grammar of names; null leaves the name unchecked, as on updates.</param>
    /// <param name="anyFinalizer">Whether finalizers may be names without a domain, as in custom resources.</param>
    public static List<StatusCause> Validate(JsonObject document, bool namespaced, Func<string, string?>? nameError, bool anyFinalizer)
    {
        var causes = new List<StatusCause>();
        if (nameError is not null)
        {
            // A prefix may end in a dash, since more follows.
            if (document.GenerateName is { Length: > 0 } prefix && nameError(prefix.EndsWith('-') ? prefix[..^1] + "a" : prefix) is { } prefixError)
                causes.Add(StatusCause.Invalid("metadata.generateName", Quote(prefix), prefixError));
            if (document.Name.Length == 0) causes.Add(StatusCause.Required("metadata.name", "name or generateName is required"));
            else if (nameError(document.Name) is { } error) causes.Add(StatusCause.Invalid("metadata.name", Quote(document.Name), error));
        }
        if (!namespaced && document.Namespace.Length > 0) causes.Add(StatusCause.Forbidden("metadata.namespace", "not allowed on this type"));
        if (namespaced && document.Namespace.Length == 0) causes.Add(StatusCause.Required("metadata.namespace"));
        if (namespaced && document.Namespace.Length > 0 && Names.LabelError(document.Namespace) is { } namespaceError)
            causes.Add(StatusCause.Invalid("metadata.namespace", Quote(document.Namespace), namespaceError));
        ValidateLabels(document.Labels, "metadata.labels", causes);
        ValidateAnnotations(document.Annotations, "metadata.annotations", causes);
        ValidateOwners(document.OwnerReferences, causes);
        ValidateFinalizers(document.Finalizers, anyFinalizer, causes);
        return causes;
    }

    /// <summary>Adds what is wrong with the metadata of a template, which has labels and annotations alone.</summary>
    internal static void ValidateTemplate(JsonObject template, string path, List<StatusCause> causes)
    {
        ValidateAnnotations(template.Annotations, $"{path}.annotations", causes);
        ValidateLabels(template.Labels, $"{path}.labels", causes);
        foreach (var (name, value) in template.Object("metadata") ?? [])
            if (name is not ("labels" or "annotations") && value is not null) causes.Add(StatusCause.Forbidden($"{path}.{name}", "cannot be set"));
    }

    /// <summary>What is wrong with a finalizer of a built-in kind, or null.</summary>
    internal static string? FinalizerError(string name)
    {
        if (Names.QualifiedNameError(name) is { } error) return error;
        return name.Contains('/') || name is "kubernetes" or "orphan" or "foregroundDeletion" ? null : "name is neither a standard finalizer name nor is it fully qualified";
    }

    private static void ValidateFinalizers(IReadOnlyList<string> finalizers, bool any, List<StatusCause> causes)
    {
        for (var i = 0; i < finalizers.Count; i++)
            if ((any ? Names.QualifiedNameError(finalizers[i]) : FinalizerError(finalizers[i])) is { } error) causes.Add(StatusCause.Invalid($"metadata.finalizers[{i}]", Quote(finalizers[i]), error));
        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
            causes.Add(StatusCause.Invalid("metadata.finalizers", $"[{string.Join(',', finalizers.Select(Quote))}]", "finalizer orphan and foregroundDeletion cannot be both set"));
    }

    /// <summary>What is wrong with the change of an object's metadata.</summary>
    public static List<StatusCause> ValidateUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>();
        Immutable(old.Name, updated.Name, "metadata.name");
        Immutable(old.Namespace, updated.Namespace, "metadata.namespace");
        Immutable(old.Uid, updated.Uid, "metadata.uid");
        if (old.IsBeingDeleted)
        {
            var added = updated.Finalizers.Except(old.Finalizers).ToArray();
            if (added.Length > 0)
                causes.Add(StatusCause.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(Quote))}}}"));
        }
        return causes;

        void Immutable(string before, string after, string field)
        {
            if (before != after) causes.Add(StatusCause.Invalid(field, Quote(after), "field is immutable"));
        }
    }

    /// <summary>Adds what is wrong with a map of labels.</summary>
    public static void ValidateLabels(JsonObject? labels, string path, List<StatusCause> causes)
    {
        foreach (var (key, value) in labels ?? [])
        {
            if (Names.QualifiedNameError(key) is { } keyError) causes.Add(StatusCause.Invalid(path, Quote(key), keyError));
            if (Names.LabelValueError(value.AsText() ?? "") is { } valueError) causes.Add(StatusCause.Invalid(path, Quote(value.AsText() ?? ""), valueError));
        }
    }

    /// <summary>Adds what is wrong with a map of annotations.</summary>
    public static void ValidateAnnotations(JsonObject? annotations, string path, List<StatusCause> causes)
    {
        var size = 0L;
        foreach (var (key, value) in annotations ?? [])
        {
            // Annotations differ from labels in that their keys may be written in capitals.
            if (Names.QualifiedNameError(key.ToLowerInvariant()) is { } error) causes.Add(StatusCause.Invalid(path, Quote(key), error));
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value.AsText() ?? "");
        }
        if (size > MaxAnnotationBytes) causes.Add(new("FieldValueTooLong", path, $"Too long: may not be more than {MaxAnnotationBytes} bytes"));
    }

    private static void ValidateOwners(JsonArray? owners, List<StatusCause> causes)
    {
        var controllers = 0;
        for (var i = 0; i < (owners?.Count ?? 0); i++)
        {
            if (owners![i] is not JsonObject owner) continue;
            var path = $"metadata.ownerReferences[{i}]";
            foreach (var (field, detail) in new[] { ("apiVersion", "version must not be empty"), ("kind", "must not be empty"), ("name", "must not be empty"), ("uid", "must not be empty") })
                if (string.IsNullOrEmpty(owner.Text(field))) causes.Add(StatusCause.Invalid($"{path}.{field}", "\"\"", detail));
            if (owner.Text("kind") == "Event" && owner.Text("apiVersion") == "v1") causes.Add(StatusCause.Invalid(path, "\"Event\"", "Event is disallowed from being an owner"));
            if (owner.Boolean("controller") == true && ++controllers == 2)
                causes.Add(StatusCause.Invalid("metadata.ownerReferences", Quote(owner.Text("name") ?? ""), "Only one reference can have Controller set to true"));
        }
    }

    private static string Quote(string text) => JsonValue.Create(text).Shown();
}
