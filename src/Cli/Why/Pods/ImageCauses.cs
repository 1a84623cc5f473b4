using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why an image is not there.</summary>
internal static class ImageCauses
{
    public static Cause Of(Inquiry inquiry, JsonObject pod, string container, JsonObject waiting, Declaration declared)
    {
        var image = ContainerCauses.Declared(pod, container)?.Text("image") ?? "";
        // The back-off hides what the registry said; the event tells it.
        var failed = inquiry.Events(pod).Where(e => e.IsWarning && e.IsAbout(container) && e.Message.StartsWith("Failed to pull image", StringComparison.Ordinal)).Take(1).ToList();
        var said = Words.Flat(failed is [var e1] ? e1.Message : waiting.Text("message"));
        var (what, remedy) = Judge(inquiry, pod, container, image, waiting.Text("reason") ?? "", said, declared);
        return new Cause($"The image of container {container} cannot be had")
        {
            Because = [new Cause(what) { Evidence = [failed is [var e2] ? e2.Text(inquiry.Now) : $"{waiting.Text("reason")}: {Words.OneLine(waiting.Text("message"))}"], Remedy = remedy }],
        };
    }

    private static (string What, Remedy Remedy) Judge(Inquiry inquiry, JsonObject pod, string container, string image, string reason, string said, Declaration declared)
    {
        var path = $"{Declaration.Container(pod, container)}.image";
        Remedy Name(string advice, string value) => declared.Change(advice, path, value, $"kubectl set image {declared.Name} {container}={value} -n {pod.Namespace}");
        if (reason == "InvalidImageName")
            return ($"\"{image}\" is not the name of an image: {Fault(image)}", Name("Write it as [REGISTRY/]NAME[:TAG], in lower case", image.ToLowerInvariant().Trim() is var low && low != image ? low : "NAME:TAG"));
        if (reason == "ErrImageNeverPull")
            return ($"Image \"{image}\" is not on the node, and its pull policy says never to pull it",
                declared.Change("Let it be pulled, or load it onto the node (slipway image load)", $"{Declaration.Container(pod, container)}.imagePullPolicy", "IfNotPresent"));
        if (image.StartsWith("slipway.local/", StringComparison.Ordinal))
            return ($"Image \"{image}\" has not been built on this cluster, and images of slipway.local are in no registry",
                new("Build it, or load it from a file (slipway image load)") { Command = $"slipway image build -t {image} DIRECTORY" });
        if (Says(said, "unauthorized", "authentication required", "denied", "no basic auth", "401", "403 Forbidden"))
            return Credentials(inquiry, pod, image, said, declared);
        if (Says(said, "no match for platform", "no matching manifest", "exec format"))
            return ($"Image \"{image}\" exists, but not for this machine's architecture", Name("Name one that is built for it", "NAME:TAG"));
        if (Says(said, "not found", "manifest unknown", "name unknown", "does not exist"))
            return Missing(image, Name);
        if (Says(said, "no such host", "name resolution", "lookup ", "server misbehaving"))
            return ($"The registry {Registry(image)} has no address: its name cannot be looked up",
                Name("Correct the registry's name; if it is right, look at the node's name servers", "REGISTRY/NAME:TAG"));
        if (Says(said, "connection refused", "i/o timeout", "deadline exceeded", "no route to host", "network is unreachable", "connection reset"))
            return ($"The registry {Registry(image)} does not answer", new($"See that the node reaches {Registry(image)}, or load the image from a file") { Command = "slipway image load FILE" });
        if (Says(said, "x509", "certificate", "server gave HTTP response to HTTPS client", "tls:"))
            return ($"The node does not trust the registry {Registry(image)}, or it speaks no TLS", new("Give the registry a certificate that the node trusts"));
        if (Says(said, "toomanyrequests", "429", "rate limit"))
            return ($"The registry {Registry(image)} takes no more requests for now", new("Wait, or log in with an account of your own (imagePullSecrets)"));
        if (Says(said, "no space left"))
            return ("The node's disk is full", new("Make room on the node's disk"));
        return ($"Pulling \"{image}\" fails", Name("Look at what the registry says; if the name is wrong, correct it", "NAME:TAG"));
    }

    private static (string What, Remedy Remedy) Missing(string image, Func<string, string, Remedy> name)
    {
        var (repository, tag) = Split(image);
        return tag.Length > 0
            ? ($"The registry {Registry(image)} has no image \"{repository}\" with tag \"{tag}\"", name("Name an image and a tag that exist", $"{repository}:TAG"))
            : ($"The registry {Registry(image)} has no image \"{repository}\" (tag \"latest\", since none is named)", name("Name an image and a tag that exist", $"{repository}:TAG"));
    }

    private static (string What, Remedy Remedy) Credentials(Inquiry inquiry, JsonObject pod, string image, string said, Declaration declared)
    {
        var registry = Registry(image);
        var secrets = (pod.Object("spec")?.Objects("imagePullSecrets") ?? []).Select(secret => secret.Text("name") ?? "").ToList();
        var create = $"kubectl create secret docker-registry NAME --docker-server={registry} --docker-username=USER --docker-password=PASSWORD -n {pod.Namespace}";
        if (secrets.Find(secret => inquiry.IsAbsent(KindName.Secret, pod.Namespace, secret)) is { } absent)
            return ($"The registry {registry} wants credentials, and the pull secret \"{absent}\" does not exist",
                new("Create it") { Command = create.Replace("NAME", absent, StringComparison.Ordinal) });
        if (secrets.Count > 0)
            return ($"The registry {registry} does not accept the credentials of the pull secret {Words.List(secrets)} for \"{image}\"", new("Correct its user and password; the account must be allowed to pull the image") { Command = create.Replace("NAME", secrets[0], StringComparison.Ordinal) });
        // Docker Hub says the same of what does not exist.
        var maybe = Says(said, "does not exist", "pull access denied") ? ", or has no such image" : "";
        return ($"The registry {registry} wants credentials for \"{image}\"{maybe}, and the pod has none",
            declared.Change($"{(maybe.Length > 0 ? "Correct the name, or c" : "C")}reate a pull secret ({create}) and name it", "imagePullSecrets", "[{name: NAME}]"));
    }

    private static bool Says(string said, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (said.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>The registry that a name means: Docker Hub when it names none.</summary>
    private static string Registry(string image) =>
        image.Split('/') is [var first, _, ..] && (first.Contains('.') || first.Contains(':') || first == "localhost") ? first : "docker.io";

    private static (string Repository, string Tag) Split(string image)
    {
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..]) : (image, "");
    }

    private static string Fault(string image) =>
        image.Length == 0 ? "it is empty"
        : image.Any(char.IsWhiteSpace) ? "it holds a blank"
        : image.Any(char.IsUpper) ? "it holds capitals"
        : image.Contains("://", StringComparison.Ordinal) ? "it begins with a scheme"
        : "its form is wrong";
}
