using System.Text;
using Slipway.Api;

namespace Slipway.Fuzzing.Generators;

/// <summary>Headers that are wrong: media types, encodings, who asks and as whom.</summary>
internal static class HeaderLines
{
    private static readonly string[] Accepts =
    [
        "", "*/*", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/cbor", "text/html", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
        "application/json;as=Table;v=v2;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
        "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io", "application/json;q=0", "application/json;q=1.5", "application/json;q=-1", "application/json;q=abc", "application/json;q=1e400,application/yaml;q=NaN", "application/json;q=", ",,,", ";", "a/b/c", "json",
        "application/json;as=", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
        "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch", "application/yaml;as=Table;v=v1;g=meta.k8s.io", "application/*", "*", "\"", "application/json;as=\"Table", "application/json;charset=utf-16", "APPLICATION/JSON",
    ];

    private static readonly string[] ContentTypes =
    [
        "", "application/json", "application/json; charset=utf-16", "application/json;;;", "text/plain", "application/yaml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/cbor", "application/vnd.kubernetes.protobuf", "*/*", "json", ";", "a",
        "application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml", "application/apply-patch+cbor", "application/x+json", "application/x+yaml", "APPLICATION/JSON", "application/json, application/yaml",
    ];

    private static readonly string[] Names =
    [
        "Accept-Encoding", "Content-Encoding", "If-None-Match", "If-Match", "Authorization", "User-Agent", "Origin", "Cookie", "X-Forwarded-For", "X-Remote-User", "Expect", "Upgrade", "Range", "Connection", "Kubectl-Command", "Audit-ID", "traceparent", "X-Stream-Protocol-Version",
    ];

    private static readonly string[] Values =
    [
        "", "gzip", "gzip;q=0", "deflate, br", "*", "\"x\"", "W/\"x\"", "Bearer x", "Bearer", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOjF9.AAAA", "Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6MX0.bnVsbA.e30", "Basic YTpi", "Basic !!", "Negotiate", "1", "100-continue",
        "websocket", "SPDY/3.1", "bytes=0-1", "close", "keep-alive", "a, b, c", "\"", "ü", "=?utf-8?q?x?=", new('h', 7000),
    ];

    public static Draft Next(Random random)
    {
        var draft = Base(random);
        for (var i = random.Few(1, 5); i > 0; i--)
        {
            draft = random.Next(6) switch
            {
                0 or 1 => draft.With("Accept", random.Pick(Accepts)),
                2 => draft.With("Content-Type", random.Pick(ContentTypes)),
                3 => draft.With(random.Pick(["Impersonate-User", "Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-a", "Impersonate-Extra-%zz", "Impersonate-Extra-"]),
                    random.Pick(["", "admin", "system:serviceaccount:fuzz-a:default", "system:serviceaccount:", "system:serviceaccount:a:b:c", "system:node:minimal", "system:masters", "system:anonymous", "system:", "a,b", "%FF", new('u', 2000)])),
                _ => draft.With(random.Pick(Names), random.Pick(Values)),
            };
        }
        return draft;
    }

    private static Draft Base(Random random)
    {
        var type = random.Pick(Corpus.Types);
        var method = random.Pick(["GET", "GET", "GET", "POST", "PUT", "PATCH", "DELETE"]);
        if (method is "GET" or "DELETE") return new Draft(method, random.OneIn(2) ? Corpus.Path(random) : Corpus.Object(random, type));
        type = Corpus.Kind(random);
        var body = Encoding.UTF8.GetBytes(Corpus.Document(random, type).ToJsonString());
        return new Draft(method, method == "POST" ? Corpus.Collection(random, type) : Corpus.Object(random, type)) { Body = body }.With("Content-Type", method == "PATCH" ? MediaTypes.MergePatch : MediaTypes.Json);
    }
}
