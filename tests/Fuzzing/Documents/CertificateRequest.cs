namespace Slipway.Fuzzing.Documents;

/// <summary>Certificate signing requests as clients send them.</summary>
internal static class CertificateRequest
{
    // Of CN=someone, with a key that nobody has kept: the same each time, so that what is made of it can be made again.
    private const string Request =
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITU1IUUNBUUF3RWpFUU1BNEdBMVVFQXd3SGMyOXRaVzl1WlRCWk1CTUdCeXFHU000OUFn"
        + "RUdDQ3FHU000OQpBd0VIQTBJQUJBTEtnWDMyUWx3dk9kT2hMbmd1dnB5Q25pQ0R6M3ZEdWxmR0FIemZzOXovU3lFbWYxdHJqdDZHCmc1bysrZlQ5bno2K1g5"
        + "V2JZc1NaYmdCQXJQN09Tcm1nQURBS0JnZ3Foa2pPUFFRREFnTklBREJGQWlFQTZJWkIKWHlhYUNCOGZOVllMcklQU3VucEtBZ2s4cFcvRjM2VS9CTkd5eXNj"
        + "Q0lCcitHb1ZCc29kNjk3VmlGS1BucHFiOAptejUvaUxlNDlRcE8zY05YNzZvRAotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";

    /// <summary>The document of a request for a client certificate.</summary>
    public static string Document(string name) => $$$"""
        {"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"{{{name}}}"},
         "spec":{"request":"{{{Request}}}","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"]}}
        """;
}
