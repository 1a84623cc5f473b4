using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;
using Slipway.Api.Documents;

namespace Slipway.Client;

/// <summary>
/// The kinds that a project reads and writes as typed objects. Each project lists its own in a source-generated
/// context, because every listed kind costs code in the native binary.
/// </summary>
/// <remarks>
/// <code>
/// [JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
/// [JsonSerializable(typeof(V1Pod))]
/// internal sealed partial class KindsJson : JsonSerializerContext;
///
/// internal static class Kinds
/// {
///     private static readonly KindSet Set = new(KindsJson.Default);
///     public static readonly Resource&lt;V1Pod&gt; Pods = Set.Namespaced&lt;V1Pod&gt;();
/// }
/// </code>
/// Whatever the context's own options say, objects are written as Kubernetes expects them: camel case, no nulls,
/// times in whole seconds (<c>MicroTime</c> fields with six digits). Managed fields are neither read nor written.
/// </remarks>
public sealed class KindSet(JsonSerializerContext context)
{
    private readonly JsonSerializerOptions _options = new()
    {
        TypeInfoResolver = context.WithAddedModifier(KubernetesTime.MarkMicroTimes).WithAddedModifier(LeaveOutManagedFields),
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // Kubernetes' JSON is never embedded in HTML, and messages with quotes and angle brackets should stay legible.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new KubernetesTimeConverter(), new SharedTextConverter() },
        MaxDepth = Nesting.MaxDepth,
    };

    /// <summary>The resource of a kind that lives in namespaces; names come from its <see cref="KubernetesEntityAttribute"/>.</summary>
    public Resource<T> Namespaced<T>() where T : class, IKubernetesObject<V1ObjectMeta> => Of<T>(namespaced: true);

    /// <summary>The resource of a cluster-scoped kind; names come from its <see cref="KubernetesEntityAttribute"/>.</summary>
    public Resource<T> ClusterScoped<T>() where T : class, IKubernetesObject<V1ObjectMeta> => Of<T>(namespaced: false);

    /// <summary>JSON metadata of a listed type with the options of Kubernetes.</summary>
    /// <exception cref="NotSupportedException">The context does not list the type.</exception>
    public JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    // Who owns which field is the API server's business, and would be half of what a cache of typed objects holds.
    private static void LeaveOutManagedFields(JsonTypeInfo type)
    {
        if (type.Type != typeof(V1ObjectMeta)) return;
        for (var i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i].Name == "managedFields") type.Properties.RemoveAt(i);
    }

    private Resource<T> Of<T>(bool namespaced) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var names = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException($"{typeof(T).Name} carries no KubernetesEntity attribute: construct its Resource with explicit names.");
        return new(names.Group, names.ApiVersion, names.PluralName, names.Kind, namespaced, Type<T>());
    }
}
