using System.Text.Json;

namespace Slipway.Controllers.Tests.GarbageCollection;

public sealed class OwnedObjectTests
{
    [Fact]
    public void Only_what_decides_about_an_object_is_read()
    {
        var item = OwnedObject.ResourceOf(new("", "v1", "pods", "Pod", Namespaced: true, [])).Read("""
            {"metadata":{"name":"p","namespace":"a","labels":{"x":"y"},"managedFields":[{"fieldsV1":{"f:a":{}}}],"uid":"u","resourceVersion":"7",
             "deletionTimestamp":"2026-01-02T03:04:05Z","finalizers":["f"],"ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","uid":"o","blockOwnerDeletion":true}]},
             "spec":{"containers":[{"name":"c"}]}}
            """u8);
        Assert.Equal(("p", "a", "u", "7"), (item.Metadata.Name, item.Metadata.NamespaceProperty, item.Metadata.Uid, item.Metadata.ResourceVersion));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), item.Metadata.DeletionTimestamp);
        Assert.Equal(["f"], item.Metadata.Finalizers);
        Assert.Equal(("o", true), (item.Metadata.OwnerReferences[0].Uid, item.Metadata.OwnerReferences[0].BlockOwnerDeletion));
        Assert.Null(item.Metadata.Labels);
        Assert.Null(item.Metadata.ManagedFields);
    }

    [Theory]
    [InlineData("""{"metadata":7}""")]
    [InlineData("""{"metadata":{"name":7}}""")]
    public void What_is_no_metadata_is_refused(string json) =>
        Assert.Throws<JsonException>(() => OwnedObject.ResourceOf(new("", "v1", "pods", "Pod", Namespaced: true, [])).Read(System.Text.Encoding.UTF8.GetBytes(json)));
}
