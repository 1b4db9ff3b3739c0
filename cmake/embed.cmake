# stoker_embed(<target> <symbol> [FOLDER <folder>] <file>...): compiles the files into <target> as
# `std::span<const stoker::EmbeddedFile> stoker::embedded::<symbol>()` (core/embedded.h), in the order given.
# Names are paths relative to the folder, which is that of the calling CMakeLists unless given.
function(stoker_embed target symbol)
  cmake_parse_arguments(PARSE_ARGV 2 embed "" "FOLDER" "")
  if(NOT embed_FOLDER)
    set(embed_FOLDER ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  set(source ${CMAKE_BINARY_DIR}/generated/embedded_${symbol}.cpp)
  set(body "#include \"core/embedded.h\"\n#include <array>\n")
  set(table "")
  set(index 0)
  set(dependencies "")
  foreach(file ${embed_UNPARSED_ARGUMENTS})
    set(path ${embed_FOLDER}/${file})
    list(APPEND dependencies ${path})
    string(APPEND body
      "asm(\".section .rodata\\n.global stoker_${symbol}_${index}\\nstoker_${symbol}_${index}:\\n.incbin \\\"${path}\\\"\\n\"\n"
      "    \".global stoker_${symbol}_${index}_end\\nstoker_${symbol}_${index}_end:\\n.byte 0\\n.previous\\n\");\n"
      "extern \"C\" const char stoker_${symbol}_${index}[], stoker_${symbol}_${index}_end[];\n")
    string(APPEND table
      "        {\"${file}\", {stoker_${symbol}_${index}, static_cast<std::size_t>(stoker_${symbol}_${index}_end - stoker_${symbol}_${index})}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND body
    "namespace stoker::embedded {\nstd::span<const EmbeddedFile> ${symbol}() {\n"
    "    static const std::array<EmbeddedFile, ${index}> files{{\n${table}    }};\n    return files;\n}\n}\n")
  file(GENERATE OUTPUT ${source} CONTENT "${body}")
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${dependencies}" GENERATED TRUE)
  target_sources(${target} PRIVATE ${source})
endfunction()
