using System.Text;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;

namespace Flights;

/// <summary>
/// The place of one row in a chunk of DuckDB's columns. The queries cast their columns to the types that are read here:
/// BIGINT, DOUBLE, VARCHAR and TIMESTAMP (microseconds).
/// </summary>
internal sealed class Row
{
    private readonly nint[] columns;
    private ulong index;

    public Row(DuckDBDataChunk chunk)
    {
        columns = new nint[DataChunks.DuckDBDataChunkGetColumnCount(chunk)];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = DataChunks.DuckDBDataChunkGetVector(chunk, i);
    }

    public Row At(ulong row)
    {
        index = row;
        return this;
    }

    /// <summary>A column of type BIGINT.</summary>
    public unsafe long Long(int column) => ((long*)Data(column))[index];

    /// <summary>A column of type BIGINT whose values are known to be small.</summary>
    public int Int(int column) => checked((int)Long(column));

    /// <summary>A column of type DOUBLE.</summary>
    public unsafe double Double(int column) => ((double*)Data(column))[index];

    /// <summary>A column of type TIMESTAMP.</summary>
    public unsafe DateTime Time(int column) => DateTime.UnixEpoch.AddMicroseconds(((long*)Data(column))[index]);

    /// <summary>A column of type VARCHAR.</summary>
    public unsafe string Text(int column)
    {
        var text = (DuckDBString*)Data(column) + index;
        return Encoding.UTF8.GetString((byte*)text->Data, text->Length);
    }

    private unsafe void* Data(int column)
    {
        var validity = Vectors.DuckDBVectorGetValidity(columns[column]);
        if (validity is not null && (validity[index / 64] & (1UL << (int)(index % 64))) == 0)
            throw new FlightsException($"Column {column} of a result holds a NULL where none is expected.");
        return Vectors.DuckDBVectorGetData(columns[column]);
    }
}
